/** Error numbers as helpers and map operations return them, negated: include/uapi/asm-generic/errno*.h. */

export const EPERM = 1;
export const ENOENT = 2;
export const E2BIG = 7;
export const EBADF = 9;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EACCES = 13;
export const EFAULT = 14;
export const EBUSY = 16;
export const EEXIST = 17;
export const ENODEV = 19;
export const EINVAL = 22;
export const ENOSPC = 28;
export const ERANGE = 34;
export const EDEADLK = 35;
export const ENAMETOOLONG = 36;
export const ENOMSG = 42;
export const ENODATA = 61;
export const EPROTO = 71;
export const EOVERFLOW = 75;
export const EOPNOTSUPP = 95;
export const EAFNOSUPPORT = 97;
export const EALREADY = 114;
/** Not of the user's errno.h: include/linux/errno.h, which bpf() lets out all the same. */
export const ENOTSUPP = 524;

const names = {
  EPERM,
  ENOENT,
  E2BIG,
  EBADF,
  EAGAIN,
  ENOMEM,
  EACCES,
  EFAULT,
  EBUSY,
  EEXIST,
  ENODEV,
  EINVAL,
  ENOSPC,
  ERANGE,
  ENAMETOOLONG,
  EDEADLK,
  ENOMSG,
  EPROTO,
  EOVERFLOW,
  EOPNOTSUPP,
  EAFNOSUPPORT,
  EALREADY,
  ENOTSUPP,
};

/** `E2BIG`, or `errno 200` for one that is not listed. */
export function errnoName(errno: number): string {
  return Object.entries(names).find(([, each]) => each === errno)?.[0] ?? `errno ${errno}`;
}
