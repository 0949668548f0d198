/**
 * Stacks as libbpf's tools print them: a symbol a line, the user's after the kernel's, whose they are, and a sum.
 * The addresses are those that were recorded: what a live program has above them, its own trampoline, is not.
 */
import type { BpfMap } from '../bpf/maps/map.ts';
import { cText } from './tool-cells.ts';
import type { SymbolNames } from './tool-symbols.ts';
import type { ToolStacks } from './tool-table.ts';
import { memberOf, type ToolRow } from './tool-text.ts';

const ADDRESS_BYTES = 8;
const ADDRESS_DIGITS = 16;
const NS_PER_US = 1000;

export function printStacks(
  view: ToolStacks,
  rows: readonly ToolRow[],
  stacks: BpfMap,
  symbols: SymbolNames,
): string[] {
  const print = view.layout === 'offcputime' ? offCpuTime : wakeupTime;
  const { leaveOut } = view;
  const shown = leaveOut === undefined ? rows : rows.filter((row) => Number(memberOf(row, leaveOut)) !== 0);
  return shown.flatMap((row) => print(row, stacks, symbols));
}

function offCpuTime(row: ToolRow, stacks: BpfMap, symbols: SymbolNames): string[] {
  const frames = (member: string, missed: string): string[] => {
    const id = Number(memberOf(row, member));
    // The program asks for no user stack of a thread of the kernel.
    if (id === -1) return [];
    const addresses = addressesOf(stacks, id);
    if (addresses === undefined) return [`    ${missed}`];
    return addresses.map((address) => `    ${symbols.nameAt(address) ?? '[unknown]'}`);
  };
  return [
    ...frames('kern_stack_id', '[Missed Kernel Stack]'),
    ...frames('user_stack_id', '[Missed User Stack]'),
    `    ${'-'.padEnd(16)} ${cText(memberOf(row, 'comm'))} (${cText(memberOf(row, 'pid'))})`,
    `        ${cText(memberOf(row, 'delta'))}`,
    '',
  ];
}

function wakeupTime(row: ToolRow, stacks: BpfMap, symbols: SymbolNames): string[] {
  const addresses = addressesOf(stacks, Number(memberOf(row, 'w_k_stack_id')));
  return [
    '',
    `\t${'target:'.padEnd(16)} ${cText(memberOf(row, 'target'))}`,
    ...(addresses ?? []).map(
      (address) => `\t${address.toString(16).padEnd(ADDRESS_DIGITS)} ${symbols.nameAt(address) ?? 'Unknown'}`,
    ),
    `\t${'waker:'.padStart(16)} ${cText(memberOf(row, 'waker'))}`,
    `\t${Math.floor(Number(memberOf(row, 'value')) / NS_PER_US)}`,
  ];
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
