/**
 * The call graph that the function_graph tracer prints, with times in its lines (options/funcgraph-abstime) or as
 * trace-cmd report prints it behind a task and a time:
 *
 *     2746.123456 |   0)    sh-4802    |               |  vfs_read(file=0xffff8881, pos=0x10) {
 *     2746.123457 |   0)    sh-4802    |   0.251 us    |    fput();
 *     2746.123459 |   0)    sh-4802    |   3.012 us    |  } /* vfs_read ret=0x10 (and the end of the comment)
 *
 * Each call is two events, at its beginning and its end, as the tracer records them. Not hot.
 */

/** Functions within each other; the tracer goes no deeper (FTRACE_RETFUNC_DEPTH). */
const DEPTH_MAX = 64;
const THREADS_MAX = 100_000;
const ARGUMENTS_MAX = 6;
/** Times are cut to microseconds. */
const TIME_STEP_NS = 1000n;

export interface GraphEvent {
  readonly name: string;
  /** As `NAME=VALUE`, or what a tracepoint printed within the graph. */
  readonly text: string;
  readonly timeNs: bigint;
  readonly cpu: number;
  readonly tid: number;
}

/** Where and when the line was; without a time, the line says neither. */
export interface GraphPlace {
  readonly timeNs: bigint;
  readonly cpu: number;
  /** -1 where nothing tells. */
  readonly tid: number;
}

const LINE = /^\s*(?:(\d+)\.(\d{6,9}) \|\s*)?(\d{1,5})\)(.*)$/;
const SWITCH = /^\s*(?:.*)-(\d{1,10})\s+=>\s+(.*)-(\d{1,10})\s*$/;
const INTERRUPT = /^\s*(?:=+>|<=+)\s*\|?\s*$/;
const TASK = /^\s*(\S.*)-(\d{1,10})\s*$/;
const FLAGS = /^\s*[.dbDXNnpBLlhsHzZ\d]{3,6}\s*$/;
const DURATION = /^\s*(?:[+!#*@$]\s*)?(?:(\d{1,12})\.(\d{1,3}) us)?\s*$/;
const CALL = /^([A-Za-z_][\w.$]*)(?: \[[\w-]+\])?\((.*)\)(;| \{)\s*(?:\/\*(.*)\*\/)?$/;
const END = /^\}\s*(?:\/\*(.*)\*\/)?$/;
const EVENT = /^\/\* ([\w.-]+): (.*?)\s*\*\/$/;
/** `vfs_read <-ksys_read+0x12/0x30 ret=0x10`, `= 0x10` of Linux 6.5, `ret=-22`; each part may be missing. */
const REMARK =
  /^\s*([A-Za-z_][\w.$]*)?(?: \[[\w-]+\])?\s*(?:<-\S+(?: \[[\w-]+\])?\s*)?(?:(?:=|ret=)\s*(-?)(?:0x([0-9a-f]{1,16})|(\d{1,20})))?\s*$/;
const VALUE = /^(?:[\w.]+=)?(-?)(?:0x([0-9a-f]{1,16})|(\d{1,20}))$/;

export class CallGraph {
  /** By thread, or by CPU where none is told: names by their depth. */
  readonly #open = new Map<number, (string | undefined)[]>();
  readonly #taskOfCpu = new Map<number, number>();
  readonly #lastNs = new Map<number, bigint>();

  /** Events of a whole line of the graph, none for one that tells of none; a reason where it cannot be one. */
  line(line: string): readonly GraphEvent[] | string {
    const [, seconds, fraction = '', cpuText, rest = ''] = LINE.exec(line) ?? [];
    const cpu = Number(cpuText);
    const [switched, , , to] = SWITCH.exec(rest) ?? [];
    if (switched !== undefined) {
      this.#taskOfCpu.set(cpu, Number(to));
      return [];
    }
    if (INTERRUPT.test(rest)) return [];
    if (seconds === undefined)
      return 'the call graph of a tracer has no times in its lines: record it with options/funcgraph-abstime';
    const timeNs = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
    return this.text(rest, { timeNs, cpu, tid: this.#taskOfCpu.get(cpu) ?? -1 });
  }

  /** Of what stands behind the place. */
  text(text: string, { timeNs, cpu, tid: known }: GraphPlace): readonly GraphEvent[] | string {
    const { body, tid: told, durationNs } = columnsOf(text);
    const tid = told ?? known;
    const place = { timeNs: this.#onwards(cpu, timeNs), cpu, tid };
    const call = body.trim();
    const [isEvent, eventName = '', eventText = ''] = EVENT.exec(call) ?? [];
    if (isEvent !== undefined) return [{ ...place, name: eventName, text: eventText }];
    const open = this.#openOf(tid, cpu);
    const depth = Math.min(DEPTH_MAX, Math.max(0, (body.length - body.trimStart().length) >> 1) - 1);
    const [isEnd, endRemark = ''] = END.exec(call) ?? [];
    if (isEnd !== undefined) {
      const { name = open[Math.max(0, depth)], result } = remarkOf(endRemark);
      open.length = Math.min(open.length, Math.max(0, depth));
      if (name === undefined) return 'a call ends in the call graph whose beginning is not there';
      return [exitOf(place, name, depth, result)];
    }
    const [isCall, name = '', given = '', close, remark = ''] = CALL.exec(call) ?? [];
    if (isCall === undefined) return 'no line of a call graph';
    const entry = {
      ...place,
      name: 'funcgraph_entry',
      text: `func_symbol=${name} depth=${Math.max(0, depth)}${argumentsOf(given)}`,
    };
    open.length = Math.min(open.length, Math.max(0, depth));
    if (close !== ';') {
      open[Math.max(0, depth)] = name;
      return [entry];
    }
    const endNs = this.#onwards(cpu, place.timeNs + (durationNs ?? 0n));
    return [entry, exitOf({ ...place, timeNs: endNs }, name, depth, remarkOf(remark).result)];
  }

  /** Within a microsecond, lines go on from where durations say that the line before ended. */
  #onwards(cpu: number, timeNs: bigint): bigint {
    const last = this.#lastNs.get(cpu) ?? 0n;
    const time = last > timeNs && last - timeNs < TIME_STEP_NS ? last : timeNs;
    this.#lastNs.set(cpu, time);
    return time;
  }

  #openOf(tid: number, cpu: number): (string | undefined)[] {
    const key = tid > 0 ? tid : -1 - cpu;
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const [oldest] = this.#open.size >= THREADS_MAX ? this.#open.keys() : [];
    if (oldest !== undefined) this.#open.delete(oldest);
    const open: (string | undefined)[] = [];
    this.#open.set(key, open);
    return open;
  }
}

/** What stands before a line's call: task, flags, how long it took. */
function columnsOf(text: string): { body: string; tid?: number; durationNs?: bigint } {
  let rest = text;
  let tid: number | undefined;
  let durationNs: bigint | undefined;
  for (;;) {
    const end = rest.indexOf('|');
    if (end < 0) break;
    const column = rest.slice(0, end);
    const [, , task] = TASK.exec(column) ?? [];
    const [isDuration, whole, part = ''] = DURATION.exec(column) ?? [];
    if (isDuration !== undefined) {
      if (whole !== undefined) durationNs = BigInt(whole) * 1000n + BigInt(part.padEnd(3, '0'));
    } else if (task !== undefined) tid = Number(task);
    else if (!FLAGS.test(column)) break;
    rest = rest.slice(end + 1);
  }
  return {
    body: rest,
    ...(tid === undefined ? {} : { tid }),
    ...(durationNs === undefined ? {} : { durationNs }),
  };
}

function exitOf(place: GraphPlace, name: string, depth: number, result: bigint | undefined): GraphEvent {
  const returned = result === undefined ? '' : ` retval=${hex(result)}`;
  return {
    ...place,
    name: 'funcgraph_exit',
    text: `func_symbol=${name} depth=${Math.max(0, depth)}${returned}`,
  };
}

function remarkOf(remark: string): { readonly name?: string; readonly result?: bigint } {
  const [, name, sign = '', hexadecimal, decimal] = REMARK.exec(remark) ?? [];
  const result = numberOf(sign, hexadecimal, decimal);
  return { ...(name === undefined ? {} : { name }), ...(result === undefined ? {} : { result }) };
}

/** As far as all before them are numbers: a text does not say which register the next is in. */
function argumentsOf(given: string): string {
  let text = '';
  for (const [index, each] of given.split(', ').slice(0, ARGUMENTS_MAX).entries()) {
    const [, sign = '', hexadecimal, decimal] = VALUE.exec(each.trim()) ?? [];
    const value = numberOf(sign, hexadecimal, decimal);
    if (value === undefined) break;
    text += ` arg${index + 1}=${hex(value)}`;
  }
  return text;
}

function numberOf(
  sign: string,
  hexadecimal: string | undefined,
  decimal: string | undefined,
): bigint | undefined {
  const digits = hexadecimal === undefined ? decimal : `0x${hexadecimal}`;
  if (digits === undefined) return undefined;
  return BigInt.asUintN(64, sign === '-' ? -BigInt(digits) : BigInt(digits));
}

function hex(value: bigint): string {
  return `0x${value.toString(16).padStart(16, '0')}`;
}
