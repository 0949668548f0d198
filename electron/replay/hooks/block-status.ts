/** blk_status_t of the error number that block_rq_complete records: blk_status_to_errno() of Linux 6.18, backwards. */

const BLK_STS_IOERR = 10;

/** By errno as x86-64 and arm64 number it. */
const STATUS_BY_ERROR: ReadonlyMap<number, number> = new Map([
  [0, 0],
  // EOPNOTSUPP, ETIMEDOUT, ENOSPC, ENOLINK, EREMOTEIO, EBADE, ENODATA, EILSEQ, ENOMEM, EAGAIN, EBUSY.
  [95, 1],
  [110, 2],
  [28, 3],
  [67, 4],
  [121, 5],
  [52, 6],
  [61, 7],
  [84, 8],
  [12, 9],
  [11, 12],
  [16, 13],
]);

/** What has no status of its own is an I/O error. */
export function blockStatus(error: number): number {
  return STATUS_BY_ERROR.get(Math.abs(error)) ?? BLK_STS_IOERR;
}
