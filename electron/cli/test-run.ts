/** `retroprobe test-run OBJECT PROGRAM`: one program on given input, as BPF_PROG_TEST_RUN. */
import { basename } from 'node:path';

import { Failure } from '../failure.ts';
import { modelledKernel, readTargetKernel } from '../host/target-kernel.ts';
import { TestBench, type MapDump, type TestRunResult } from '../host/test-run.ts';
import { formatCount, formatValue, printable } from '../report/format.ts';
import { page, section, table } from '../report/text-page.ts';
import { FileBytes } from '../trace/bundle/byte-source.ts';
import { capturedPackets } from '../trace/formats/pcap/packets.ts';
import { readArguments } from './arguments.ts';
import { readAttachTargets, readMapFiles, readSettings, userOptions } from './settings.ts';

const REPEAT_MAX = 1_000_000_000;
const ENTRIES_SHOWN = 50;
const EFFECTS_SHOWN = 50;
/** Characters of one fact. */
const FACT_SHOWN = 40;

export async function testRun(args: readonly string[]): Promise<void> {
  const { names, values } = readArguments(
    args,
    { required: ['OBJECT', 'PROGRAM'] },
    {
      packet: { type: 'string' },
      pcap: { type: 'string' },
      ctx: { type: 'string' },
      repeat: { type: 'string', default: '1' },
      engine: { type: 'string', default: 'jit' },
      ...userOptions,
      map: { type: 'string', multiple: true },
      btf: { type: 'string', multiple: true },
      maps: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  );
  const [path = '', program = ''] = names;
  const { engine } = values;
  if (engine !== 'jit' && engine !== 'interpreter')
    throw new Failure('usage', 'bad-option', '--engine is jit or interpreter');
  const repeat = Number(values.repeat);
  if (!Number.isInteger(repeat) || repeat < 1 || repeat > REPEAT_MAX)
    throw new Failure('usage', 'bad-option', `--repeat is a number from 1 to ${REPEAT_MAX}`);
  const given = [values.packet, values.pcap, values.ctx].filter((each) => each !== undefined);
  if (given.length > 1)
    throw new Failure('usage', 'bad-option', 'one of --packet, --pcap and --ctx is enough');
  const bench = new TestBench({
    path,
    program,
    target: values.btf === undefined ? modelledKernel() : readTargetKernel(values.btf),
    settings: readSettings(values.set),
    attachTargets: readAttachTargets(values.attach),
    mapFiles: readMapFiles(values.map),
    engine,
    input: values.ctx !== undefined ? 'context' : given.length > 0 ? 'packet' : 'none',
    context: values.ctx === undefined ? undefined : bytesOfHex(values.ctx, '--ctx'),
  });
  for (const packet of packetsOf(values)) {
    const result = bench.run(packet, repeat);
    process.stdout.write(values.json ? jsonLine(result, bench, values.maps) : render(result, bench));
  }
  if (values.maps && !values.json) process.stdout.write(renderMaps(bench.maps()));
}

function* packetsOf(values: {
  readonly packet?: string | undefined;
  readonly pcap?: string | undefined;
}): Generator<Uint8Array | undefined, void, void> {
  if (values.pcap !== undefined) {
    const file = openCapture(values.pcap);
    try {
      for (const { bytes } of capturedPackets(file)) yield bytes;
    } finally {
      file.close();
    }
  } else {
    yield values.packet === undefined ? undefined : bytesOfHex(values.packet, '--packet');
  }
}

function openCapture(path: string): FileBytes {
  try {
    return new FileBytes(path, basename(path));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Failure('trace', 'unreadable', `cannot be read (${code})`, { file: basename(path) });
  }
}

/** Pairs of hex digits, with or without white space between them. */
function bytesOfHex(text: string, option: string): Uint8Array {
  const digits = text.replace(/\s+/g, '');
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits))
    throw new Failure('usage', 'bad-option', `${option} is pairs of hex digits`);
  return Buffer.from(digits, 'hex');
}

function jsonLine(result: TestRunResult, bench: TestBench, withMaps: boolean): string {
  return `${JSON.stringify(withMaps ? { ...result, maps: bench.maps() } : result)}\n`;
}

function render(result: TestRunResult, { engine }: TestBench): string {
  const { program, retval, data_out, flow, ctx_out, duration_ns, printk, effects, faults } = result;
  const rows = [
    ['returned', `${retval} (0x${retval.toString(16)})`],
    ['took', `${duration_ns} ns, ${engine}`],
    ...(flow === undefined ? [] : [['flow', flow]]),
    ...(data_out === null ? [] : [[flow === undefined ? 'packet' : 'keys', `${data_out.length / 2} bytes`]]),
    ...((data_out ?? '').match(/.{1,64}/g)?.map((line) => ['', line]) ?? []),
    ...((ctx_out ?? '').match(/.{1,64}/g) ?? []).map((line, index) => [index === 0 ? 'context' : '', line]),
    ...Object.entries(faults).map(([what, count]) => ['!', `${what}: ${formatCount(count)}`]),
  ];
  return page([
    [printable(program), ...table(rows).map((line) => `  ${line}`)],
    section('Printed', printk.map(printable)),
    section('Asked for, not carried out', effectLines(effects)),
  ]);
}

function effectLines(effects: TestRunResult['effects']): string[] {
  const rest = effects.length - EFFECTS_SHOWN;
  return [
    ...table(effects.slice(0, EFFECTS_SHOWN).map(effectRow)),
    ...(rest > 0 ? [`and ${formatCount(rest)} more`] : []),
  ];
}

/** `redirect  ifindex 7, flags 0`: what is long goes into --json alone. */
function effectRow({ kind, ...facts }: TestRunResult['effects'][number]): string[] {
  const told = Object.entries(facts).map(([name, fact]) => {
    const text = printable(String(fact));
    return `${name} ${text.length > FACT_SHOWN ? `${text.slice(0, FACT_SHOWN)}...` : text === '' ? 'none' : text}`;
  });
  return [kind, told.join(', ')];
}

function renderMaps(maps: readonly MapDump[]): string {
  return page(
    maps.map(({ name, type, entries }) => {
      const rows = entries
        .slice(0, ENTRIES_SHOWN)
        .map(({ key, value }) => `${formatValue(key)}: ${formatValue(value)}`);
      const rest = entries.length - rows.length;
      if (rest > 0) rows.push(`and ${formatCount(rest)} more`);
      return section(
        `Map ${printable(name)} (${type}, ${formatCount(entries.length)} ${entries.length === 1 ? 'entry' : 'entries'})`,
        rows,
        true,
      );
    }),
  );
}
