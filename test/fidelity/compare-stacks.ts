/** Sums by stack: the stacks themselves exactly, the sums as near as clocks let them be. */
import { cut } from './compare.ts';
import type { Comparison, Printed } from './case.ts';
import { sameFrame, type FunctionsOf } from './same-address.ts';

/** What a live program sees of itself above the function that the tracepoint is in, and a recorder of itself. */
const TRAMPOLINE = /^(bpf_|__bpf_|__traceiter_|perf_|trace_event_)/;
/** The kernel was entered here: what follows is the process's. */
const ENTRY = /^(entry_|asm_|ret_from_fork_asm)/;

/** The address of a frame, and its file with the offset. */
const PLACED = /^#\d+\s+(0x[0-9a-f]+) .*(\(\S+\+0x[0-9a-f]+\))$/;
/** What a live tool says of a stack whose place in the stack map was taken. */
const MISSED = /\[Missed (?:Kernel|User) Stack\]/;

/** Who was woken, above the stack of who woke it. */
const TARGET = /^target: /;

/**
 * `owner` takes from the line below a stack whose it is; the line after that is the sum, in microseconds. Stacks of the
 * user are compared where the functions of files are given and both print addresses.
 */
export function compareStacks(
  { live, replayed, liveErrors }: Pick<Printed, 'live' | 'replayed' | 'liveErrors'>,
  owner: RegExp,
  toleranceUs: number,
  functions?: FunctionsOf,
): Comparison {
  const [a, b] = [sumsOf(live, owner, functions), sumsOf(replayed, owner, functions)];
  const differences: string[] = [];
  let largest = 0;
  const missed = liveErrors.filter((line) => MISSED.test(line)).length;
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    const [x, y] = [a.get(key), b.get(key)];
    if (x === undefined || y === undefined || Math.abs(x - y) > toleranceUs)
      differences.push(`${key}: live ${x ?? 'none'}, replay ${y ?? 'none'}`);
    else largest = Math.max(largest, Math.abs(x - y));
  }
  if (a.size === 0) differences.push('the live tool printed no stack');
  return {
    live: text(a),
    replay: text(b),
    differences: cut(differences),
    notes: [
      ...(largest > 0 ? [`sums within ${largest} us`] : []),
      ...(missed > 0 ? [`the live tool says that it missed ${missed} stacks`] : []),
      ...(functions === undefined ? ['stacks of the user not compared'] : []),
    ],
  };
}

function sumsOf(lines: readonly string[], owner: RegExp, functions?: FunctionsOf): Map<string, number> {
  const sums = new Map<string, number>();
  let frames: string[] = [];
  let whose: string | undefined;
  for (const line of lines) {
    const owns = owner.exec(line)?.[1];
    if (owns !== undefined) whose = owns;
    else if (whose !== undefined) {
      const target = frames.find((frame) => TARGET.test(frame)) ?? '';
      const user =
        functions === undefined
          ? []
          : userPart(withoutStalePlaces(frames)).map((frame) => sameFrame(frame, functions));
      const key = `${whose} ${target} ${[...kernelPart(frames), ...user].join(' < ')}`;
      sums.set(key, (sums.get(key) ?? 0) + Number(line));
      frames = [];
      whose = undefined;
    } else if (line.trim() !== '' && !line.startsWith('Tracing')) frames.push(line.trim());
  }
  return sums;
}

/** The live tools print the file and offset of a frame above for addresses that no file is mapped at. */
function withoutStalePlaces(frames: readonly string[]): readonly string[] {
  let [place, owner]: (string | undefined)[] = [];
  return frames.map((frame) => {
    const [, address, own] = PLACED.exec(frame) ?? [];
    if (own === undefined) return frame;
    if (own === place && address !== owner) return frame.slice(0, -own.length).trimEnd();
    [place, owner] = [own, address];
    return frame;
  });
}

/** Names without addresses, from the function of the tracepoint to where the kernel was entered. */
function kernelPart(frames: readonly string[]): string[] {
  const names = frames.map(kernelName).filter((frame) => !TARGET.test(frame));
  const from = names.findIndex((name) => !TRAMPOLINE.test(name));
  const end = names.findIndex((name) => ENTRY.test(name));
  return names.slice(Math.max(0, from), end < 0 ? undefined : end + 1);
}

/** Without address, number and offset. */
function kernelName(frame: string): string {
  return frame.replace(/^(#\d+\s+0x[0-9a-f]+|[0-9a-f]{16})\s+/, '').replace(/\+0x[0-9a-f]+$/, '');
}

/** Frames below where the kernel was entered. */
function userPart(frames: readonly string[]): readonly string[] {
  const entry = frames.findIndex((frame) => ENTRY.test(kernelName(frame)));
  return entry < 0 ? [] : frames.slice(entry + 1);
}

function text(sums: ReadonlyMap<string, number>): string {
  const all = [...sums.values()].reduce((sum, each) => sum + each, 0);
  return `${all.toLocaleString('en')} us in ${sums.size} stacks`;
}
