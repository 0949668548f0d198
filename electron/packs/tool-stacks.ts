/**
 * Stacks as libbpf's tools print them: a symbol a line, the user's after the kernel's, whose they are, and a sum.
 * The addresses are those that were recorded: what a live program has above them, its own trampoline, is not.
 */
import type { BpfMap } from '../bpf/maps/map.ts';
import type { Frame, Symboliser } from '../symbols/symboliser.ts';
import { cText } from './tool-cells.ts';
import type { ToolStacks } from './tool-table.ts';
import { memberOf, type ToolRow } from './tool-text.ts';

const ADDRESS_BYTES = 8;
const ADDRESS_DIGITS = 16;
const NS_PER_US = 1000;
const UNKNOWN_ID = 2 ** 32 - 1;

export function printStacks(
  view: ToolStacks,
  rows: readonly ToolRow[],
  stacks: BpfMap,
  symbols: Symboliser,
  isVerbose: boolean,
): string[] {
  const print = view.layout === 'offcputime' ? offCpuTime : wakeupTime;
  const { leaveOut } = view;
  const shown = leaveOut === undefined ? rows : rows.filter((row) => Number(memberOf(row, leaveOut)) !== 0);
  return shown.flatMap((row) => print(row, stacks, symbols, isVerbose));
}

function offCpuTime(row: ToolRow, stacks: BpfMap, symbols: Symboliser, isVerbose: boolean): string[] {
  const tgid = Number(memberOf(row, 'tgid'));
  let number = 0;
  const frames = (member: string, missed: string, print: (address: bigint) => string): string[] => {
    const id = Number(memberOf(row, member));
    // The program asks for no user stack of a thread of the kernel.
    if (id === -1) return [];
    const addresses = addressesOf(stacks, id);
    if (addresses === undefined) return [`    ${missed}`];
    return addresses.map((address) => `    ${print(address)}`);
  };
  const kernelLine = (address: bigint): string => {
    const frame = symbols.kernelFrame(address);
    if (!isVerbose) return frame.name ?? 'unknown';
    return `${numbered(number++)} 0x${address.toString(16)} ${placed(frame) ?? '[unknown]'}`;
  };
  const userLine = (address: bigint): string => {
    // All ones: a process that is not known.
    const frame = symbols.frame(tgid >= 0 && tgid < UNKNOWN_ID ? tgid : undefined, address);
    if (!isVerbose) return frame.name ?? '[unknown]';
    const where = [placed(frame), inFile(frame)].filter((part) => part !== undefined);
    const digits = address.toString(16).padStart(ADDRESS_DIGITS, '0');
    return [numbered(number++), `0x${digits}`, ...(where.length > 0 ? where : ['[unknown]'])].join(' ');
  };
  return [
    ...frames('kern_stack_id', '[Missed Kernel Stack]', kernelLine),
    ...frames('user_stack_id', '[Missed User Stack]', userLine),
    `    ${'-'.padEnd(16)} ${cText(memberOf(row, 'comm'))} (${cText(memberOf(row, 'pid'))})`,
    `        ${cText(memberOf(row, 'delta'))}`,
    '',
  ];
}

function wakeupTime(row: ToolRow, stacks: BpfMap, symbols: Symboliser): string[] {
  const addresses = addressesOf(stacks, Number(memberOf(row, 'w_k_stack_id')));
  return [
    '',
    `\t${'target:'.padEnd(16)} ${cText(memberOf(row, 'target'))}`,
    ...(addresses ?? []).map(
      (address) =>
        `\t${address.toString(16).padEnd(ADDRESS_DIGITS)} ${symbols.kernelFrame(address).name ?? 'Unknown'}`,
    ),
    `\t${'waker:'.padStart(16)} ${cText(memberOf(row, 'waker'))}`,
    `\t${Math.floor(Number(memberOf(row, 'value')) / NS_PER_US)}`,
  ];
}

function numbered(frame: number): string {
  return `#${String(frame).padEnd(2)}`;
}

/** `main+0x12`. */
function placed({ name, offset }: Frame): string | undefined {
  return name === undefined ? undefined : `${name}+0x${offset.toString(16)}`;
}

/** `(/usr/bin/true+0x1234)`, from the beginning of the file. */
function inFile({ path, fileOffset }: Frame): string | undefined {
  return path === undefined ? undefined : `(${path}+0x${(fileOffset ?? 0n).toString(16)})`;
}

/** Innermost first; undefined where the map has no such stack. */
function addressesOf(stacks: BpfMap, id: number): bigint[] | undefined {
  if (id < 0) return undefined;
  const value = stacks.get(new Uint8Array(Uint32Array.of(id).buffer));
  if (value === undefined) return undefined;
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const addresses: bigint[] = [];
  for (let at = 0; at + ADDRESS_BYTES <= value.byteLength; at += ADDRESS_BYTES) {
    const address = view.getBigUint64(at, true);
    if (address === 0n) break;
    addresses.push(address);
  }
  return addresses;
}
