/** The peer of captures: `tshark -T json -x`, packet by packet, beside what our reader yields. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, type TestContext } from 'vitest';
import { MemoryBytes } from '../../../../electron/trace/bundle/byte-source.ts';
import type { Source } from '../../../../electron/trace/event.ts';
import { openSources } from '../../../../electron/trace/formats/registry.ts';
import { ourEvents } from '../../peer.ts';

const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;

/** A packet as both tell it. */
export interface Packet {
  readonly timeNs: bigint;
  readonly linkType: number;
  readonly captured: number;
  readonly original: number;
  readonly interface: number | undefined;
  readonly direction: number | undefined;
  readonly comment: string | undefined;
  readonly hex: string;
}

export function needTool(context: TestContext, name: string): void {
  if (spawnSync(name, ['--version']).error !== undefined) context.skip(`${name} is not installed`);
}

export function openBytes(bytes: Uint8Array, name = 'made'): Source {
  const source = openSources(new MemoryBytes(bytes, name))?.[0];
  if (source === undefined) throw new Error(`${name} was not recognised`);
  return source;
}

/** A path in a folder that goes with the test. */
export function scratchPath(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'capture-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, name);
}

export function written(bytes: Uint8Array, name: string): string {
  const path = scratchPath(name);
  writeFileSync(path, bytes);
  return path;
}

export async function ourPackets(source: Source): Promise<Packet[]> {
  return (await ourEvents(source)).map(({ timeNs, values }) => ({
    timeNs,
    linkType: Number(values['link_type']),
    captured: Number(values['captured_length']),
    original: Number(values['original_length']),
    interface: typeof values['interface'] === 'number' ? values['interface'] : undefined,
    direction: typeof values['flags'] === 'number' ? values['flags'] & 3 : undefined,
    comment: typeof values['comment'] === 'string' ? values['comment'] : undefined,
    hex: Buffer.from(values['data'] as readonly number[]).toString('hex'),
  }));
}

/** tshark's numbers for link layers of what is compared here, with the file's. */
const ENCAPSULATIONS: Readonly<Record<string, number>> = { '1': 1, '25': 113, '7': 101, '210': 276 };

interface Told {
  readonly _source: {
    readonly layers: {
      readonly frame: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
      readonly frame_raw: readonly [string, ...unknown[]];
      readonly pkt_comment?: Readonly<Record<string, string>>;
    };
  };
}

/** In the order of the file. `firstInterfaces`: what each section's interfaces are counted from. */
export function peerPackets(path: string, firstInterfaces: readonly number[] = [0]): Packet[] {
  const { stdout, status, stderr } = spawnSync(
    'tshark',
    ['-r', path, '-T', 'json', '-x', '-j', 'frame pkt_comment'],
    {
      encoding: 'utf8',
      maxBuffer: OUTPUT_BYTES_MAX,
    },
  );
  if (status !== 0) throw new Error(`tshark ended with ${status}: ${stderr}`);
  return (JSON.parse(stdout) as Told[]).map(({ _source: { layers } }) => packetOf(layers, firstInterfaces));
}

function packetOf(
  { frame, frame_raw: raw, pkt_comment: comment }: Told['_source']['layers'],
  firstInterfaces: readonly number[],
): Packet {
  const text = (name: string): string | undefined =>
    typeof frame[name] === 'string' ? frame[name] : undefined;
  const number = (name: string): number | undefined =>
    text(name) === undefined ? undefined : Number(text(name));
  const [seconds = '', fraction = ''] = (text('frame.time_epoch') ?? '0.0').split('.');
  const interfaceId = number('frame.interface_id');
  const first = firstInterfaces[(number('frame.section_number') ?? 1) - 1] ?? 0;
  return {
    timeNs: BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0')),
    linkType: ENCAPSULATIONS[text('frame.encap_type') ?? ''] ?? -1,
    captured: number('frame.cap_len') ?? -1,
    original: number('frame.len') ?? -1,
    interface: interfaceId === undefined ? undefined : interfaceId + first,
    direction:
      number('frame.packet_flags') === undefined ? undefined : Number(text('frame.packet_flags')) & 3,
    comment: comment?.['frame.comment'],
    hex: raw[0],
  };
}
