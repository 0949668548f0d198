/** Hands a file to the user the way the browser saves one. */
import type { ReportFile } from '../../electron/host/contract.ts';

export function saveFile({ fileName, mediaType, bytes }: ReportFile): void {
  const address = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: mediaType }));
  const anchor = document.createElement('a');
  anchor.href = address;
  anchor.download = fileName;
  anchor.click();
  // The download has its own hold on the bytes once it has begun; a minute is more than enough for that.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
