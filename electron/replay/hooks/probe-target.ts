/**
 * What a program of type kprobe is attached to, as its section or the user says: `kprobe/vfs_read`,
 * `kretprobe.multi/tcp_*`, `uprobe//bin/bash:readline`. What the user names may begin with another prefix than the
 * section, name several targets with commas between them, and end in a cookie, `#7`: tools attach their programs so
 * by hand.
 */
import type { LinkedProgram } from '../../bpf/program.ts';
import { Failure } from '../../failure.ts';

export type ProbeSide = 'entry' | 'return' | 'both';

export interface ProbeTarget {
  readonly kind: 'kernel' | 'user' | 'syscall' | 'usdt';
  readonly side: ProbeSide;
  /** `kretprobe`, as the section's prefix. */
  readonly prefix: string;
  /** Of user programs: path or name, undefined for any. */
  readonly file: string | undefined;
  /** Function, system call or USDT probe; `*` and `?` stand for any characters and any one. */
  readonly name: string;
  /** Bytes behind the function's start. */
  readonly offset: number;
  /** What bpf_get_attach_cookie() gives: `vfs_read#7`. */
  readonly cookie: bigint;
}

const PREFIXES: Readonly<Record<string, readonly [ProbeTarget['kind'], ProbeSide]>> = {
  kprobe: ['kernel', 'entry'],
  kretprobe: ['kernel', 'return'],
  'kprobe.multi': ['kernel', 'entry'],
  'kretprobe.multi': ['kernel', 'return'],
  'kprobe.session': ['kernel', 'both'],
  ksyscall: ['syscall', 'entry'],
  kretsyscall: ['syscall', 'return'],
  uprobe: ['user', 'entry'],
  uretprobe: ['user', 'return'],
  'uprobe.multi': ['user', 'entry'],
  'uretprobe.multi': ['user', 'return'],
  'uprobe.session': ['user', 'both'],
  usdt: ['usdt', 'entry'],
};
/** Targets of one program; a wildcard stands for many more. */
const TARGETS_MAX = 1000;

/** Throws Failure `bad-attach-target`. */
export function probeTargets({ section, attachTarget, name }: LinkedProgram): readonly ProbeTarget[] {
  const fail = (reason: string): Failure =>
    new Failure('replay', 'bad-attach-target', reason, { file: name, at: `section ${section}` });
  const [own = ''] = section.replace(/^\?/, '').split('/');
  const texts = attachTarget.split(',').filter((text) => text !== '');
  if (texts.length === 0)
    throw fail(`what it is attached to is not said: attach it with --attach ${name}=${plain(own)}/TARGET`);
  if (texts.length > TARGETS_MAX) throw fail(`it is attached to more than ${TARGETS_MAX} targets`);
  let prefix = plain(own);
  return texts.map((text) => {
    const [said = ''] = text.split('/', 1);
    const isSaid = text.includes('/') && PREFIXES[plain(said)] !== undefined;
    if (isSaid) prefix = plain(said);
    const [, plainText = '', cookie = '0'] =
      /^(.*?)(?:#(0x[0-9a-fA-F]{1,16}|\d{1,19}))?$/.exec(isSaid ? text.slice(said.length + 1) : text) ?? [];
    const target = parseTarget(prefix, plainText);
    if (target === undefined) throw fail(`${text} is no target of ${prefix}`);
    return { ...target, cookie: BigInt.asUintN(64, BigInt(cookie)) };
  });
}

/** Without the mark of programs that may sleep. */
function plain(prefix: string): string {
  return prefix.replace(/\.s$/, '');
}

function parseTarget(prefix: string, text: string): Omit<ProbeTarget, 'cookie'> | undefined {
  const [kind, side] = PREFIXES[prefix] ?? [];
  if (kind === undefined || side === undefined) return undefined;
  if (kind === 'usdt') {
    const [, file, provider, probe] = /^(.*):([^:]+):([^:]+)$/.exec(text) ?? [];
    if (provider === undefined || probe === undefined) return undefined;
    return {
      kind,
      side,
      prefix,
      file: file === '' ? undefined : file,
      name: `${provider}:${probe}`,
      offset: 0,
    };
  }
  const [, file, rest = text] = kind === 'user' ? (/^(.*):([^:]*)$/.exec(text) ?? []) : [];
  const [, name, offset = '0'] =
    /^([\w.$*?@:~<>]+?|0x[0-9a-f]+)(?:\+(0x[0-9a-fA-F]+|\d+))?$/.exec(rest) ?? [];
  return name === undefined ? undefined : { kind, side, prefix, file, name, offset: Number(offset) };
}

/** Whether a name fits a target's, which may hold wildcards. */
export function fitsName(pattern: string, name: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === name;
  // Both ends and the pieces between the stars in their order: no expression that runs long on hostile input.
  const pieces = pattern.split('*');
  const [first = '', ...others] = pieces;
  if (!isPieceAt(name, first, 0)) return false;
  if (others.length === 0) return name.length === first.length;
  let at = first.length;
  const last = others.pop() ?? '';
  for (const piece of others) {
    while (at + piece.length <= name.length && !isPieceAt(name, piece, at)) at += 1;
    if (at + piece.length > name.length) return false;
    at += piece.length;
  }
  const end = name.length - last.length;
  return end >= at && isPieceAt(name, last, end);
}

function isPieceAt(name: string, piece: string, at: number): boolean {
  if (at + piece.length > name.length) return false;
  for (let index = 0; index < piece.length; index += 1)
    if (piece[index] !== '?' && piece[index] !== name[at + index]) return false;
  return true;
}
