/**
 * Runs one program of an object on given input, as BPF_PROG_TEST_RUN does in a kernel: without a kernel
 * and without root. The program is verified first, as everything that runs here.
 */
import { basename } from 'node:path';

import { shownEffect, type ShownEffect } from '../bpf/helpers/effect.ts';
import { embeddedObjects } from '../bpf/object/embedded.ts';
import { openObject } from '../bpf/object/open.ts';
import { decodeValue, type TypedValue } from '../bpf/object/typed-value.ts';
import type { BpfMap } from '../bpf/maps/map.ts';
import { FlowKeysPlace } from '../bpf/flow-keys.ts';
import { MessagePlace } from '../bpf/message-context.ts';
import { PacketPlace } from '../bpf/packet-context.ts';
import type { LinkedObject, LinkedProgram, ProgramType, VerifiedProgram } from '../bpf/program.ts';
import { rejectionFailure, verifyProgram } from '../bpf/verifier/verify.ts';
import { Machine, type EngineName, type LoadedProgram } from '../bpf/vm/machine.ts';
import type { LinearMemory } from '../bpf/vm/memory.ts';
import { Failure } from '../failure.ts';
import { benchTypes, BenchWorld } from './bench-world.ts';
import { flowKeysText } from '../replay/hooks/flow-keys-text.ts';
import { loadMapFile } from '../packs/map-file.ts';
import { readObject } from './jobs/read-object.ts';
import { linkOnto, type TargetKernel, type UserSettings } from './target-kernel.ts';

/** Types whose context is a packet, or a message. */
const packetTypes: ReadonlySet<ProgramType> = new Set([
  'xdp',
  'socket_filter',
  'sched_cls',
  'sched_act',
  'cgroup_skb',
  'lwt_in',
  'lwt_out',
  'lwt_xmit',
  'sk_skb',
  'sk_msg',
  'flow_dissector',
]);
const CONTEXT_BYTES_MAX = 65_536;
/** The loopback device, on which a kernel's test run takes place. */
const LOOPBACK = { interfaceIndex: 1, interfaceAddress: new Uint8Array(6) };

type AnyPlace = PacketPlace | MessagePlace | FlowKeysPlace;

export interface TestRunRequest extends UserSettings {
  /** Files of initial values, by the name of the map. */
  readonly mapFiles?: readonly { readonly map: string; readonly path: string }[] | undefined;
  readonly path: string;
  readonly program: string;
  readonly target: TargetKernel;
  readonly engine: EngineName;
  /** What the program is given: refused where it sees the other. */
  readonly input: 'packet' | 'context' | 'none';
  /** Bytes of the context, of programs that see no packet. */
  readonly context?: Uint8Array | undefined;
}

export interface TestRunResult {
  readonly program: string;
  /** Lower 32 bits of r0. */
  readonly retval: number;
  /** The packet afterwards, or what a flow dissector found of it (struct bpf_flow_keys), hex; null where there was none. */
  readonly data_out: string | null;
  /** What a flow dissector found, in words. */
  readonly flow?: string;
  /** The context afterwards, hex, where it was given. */
  readonly ctx_out: string | null;
  /** Mean of the repetitions. */
  readonly duration_ns: number;
  /** Of all repetitions. */
  readonly printk: readonly string[];
  /** What it did to the world outside, in order, of all repetitions: bytes as hex. Nothing of it was carried out. */
  readonly effects: readonly ShownEffect[];
  /** What went wrong or could not be answered, and how often: `map full` by map, facts no event supplies. */
  readonly faults: Readonly<Record<string, number>>;
}

export interface MapDump {
  readonly name: string;
  readonly type: string;
  readonly entries: readonly { readonly key: TypedValue; readonly value: TypedValue }[];
}

/** A program ready to be run on one input after another; maps keep their values from run to run. */
export class TestBench {
  readonly #linked: LinkedObject;
  readonly #program: LinkedProgram;
  readonly #loaded: LoadedProgram;
  readonly #machine: Machine;
  readonly #maps: readonly BpfMap[];
  readonly #world: BenchWorld;
  readonly #packet: AnyPlace | undefined;
  readonly #context: { readonly at: number; readonly bytes: Uint8Array } | undefined;

  /** Throws Failure: what opening, linking, verifying and loading refuse, `unknown-program`, `bad-option`, `context-size`. */
  constructor(given: TestRunRequest) {
    const types = benchTypes(given.target.types);
    const request = { ...given, target: { ...given.target, types } };
    this.#linked = linkObjectOf(request);
    this.#program = programOf(this.#linked, request.program);
    const { type } = this.#program;
    checkInput(this.#program, request.input);
    const context = request.context ?? new Uint8Array(0);
    if (context.length > CONTEXT_BYTES_MAX) {
      const reason = `a context of ${context.length} bytes, more than ${CONTEXT_BYTES_MAX}`;
      throw new Failure('host', 'context-size', reason);
    }
    const verified = this.#verify(request, packetTypes.has(type) ? undefined : context.length);
    this.#world = new BenchWorld();
    this.#machine = new Machine({ cpuCount: 1, world: this.#world, engine: request.engine });
    this.#machine.kernelTypes = types;
    this.#world.layOut(this.#machine.memory, types);
    this.#maps = this.#linked.maps.map((definition) => this.#machine.addMap(definition));
    for (const { map, path } of request.mapFiles ?? []) this.#loadInto(map, path);
    this.#loaded = this.#machine.loadProgram(verified, this.#maps);
    const { memory } = this.#machine;
    this.#packet = placeOf(type, memory);
    this.#context =
      this.#packet === undefined
        ? { at: memory.allocate(Math.max(8, context.length), 8), bytes: context }
        : undefined;
  }

  /** The engine that runs it: a program the JIT cannot translate is interpreted. */
  get engine(): EngineName {
    return this.#loaded.engine;
  }

  /** Runs the program on the packet (where it sees one), as often as told. Throws Failure of layer `vm`. */
  run(packet: Uint8Array | undefined, repeat: number): TestRunResult {
    const { memory } = this.#machine;
    let retval = 0n;
    let spentNs = 0n;
    for (let round = 0; round < repeat; round += 1) {
      this.#packet?.put(packet ?? new Uint8Array(0), LOOPBACK);
      if (this.#context !== undefined) memory.bytes.set(this.#context.bytes, this.#context.at);
      const startedAt = process.hrtime.bigint();
      retval = this.#loaded.run(this.#packet?.context ?? this.#context?.at ?? 0);
      spentNs += process.hrtime.bigint() - startedAt;
    }
    return {
      program: this.#program.name,
      retval: Number(BigInt.asUintN(32, retval)),
      data_out: this.#packet === undefined ? null : hex(this.#packet.taken()),
      ...(this.#packet instanceof FlowKeysPlace && { flow: flowKeysText(this.#packet.taken()) }),
      ctx_out: this.#contextOut(),
      duration_ns: Math.round((Number(spentNs) / repeat) * 10) / 10,
      printk: this.#world.takePrinted(),
      effects: this.#world.takeEffects().map(shownEffect),
      faults: this.#faults(),
    };
  }

  /** All maps but the empty ones, in the object's order, typed by the object's BTF. */
  maps(): MapDump[] {
    const { btf } = this.#linked;
    return this.#maps.map((map) => {
      const { name, type, keyTypeId, valueTypeId } = map.definition;
      const typed = (bytes: Uint8Array, typeId: number): TypedValue =>
        btf === undefined || typeId === 0 ? hex(bytes) : decodeValue(btf, typeId, bytes);
      const entries = [...map.entries()].map(({ key, value }) => ({
        key: typed(key, keyTypeId),
        value: typed(value, valueTypeId),
      }));
      return { name, type, entries };
    });
  }

  #loadInto(name: string, path: string): void {
    const { btf, file } = this.#linked;
    const map = this.#maps.find(({ definition }) => definition.name === name);
    if (map === undefined) throw new Failure('object', 'unknown-map', `it has no map ${name}`, { file });
    loadMapFile(map, btf, readObject(path), basename(path));
  }

  #contextOut(): string | null {
    if (this.#context === undefined || this.#context.bytes.length === 0) return null;
    const { at, bytes } = this.#context;
    return hex(this.#machine.memory.bytes.subarray(at, at + bytes.length));
  }

  #faults(): Record<string, number> {
    const faults: Record<string, number> = {};
    for (const { definition, faults: counted } of this.#maps) {
      for (const [kind, count] of counted.counts) faults[`${definition.name}: ${kind}`] = count;
    }
    for (const [what, count] of this.#world.missingCounts) faults[`not known: ${what}`] = count;
    const { waiting } = this.#machine.timers;
    if (waiting > 0) faults['timers set and not called: a test run has no time that passes'] = waiting;
    return faults;
  }

  #verify({ target }: TestRunRequest, contextSizeBytes: number | undefined): VerifiedProgram {
    const { license, btf, maps, file } = this.#linked;
    const verdict = verifyProgram(this.#program, maps, {
      license,
      ...(btf === undefined ? {} : { btf }),
      kernelBtf: target.types,
      ...(contextSizeBytes === undefined ? {} : { contextSizeBytes }),
    });
    if (verdict.verdict === 'rejected') throw rejectionFailure(verdict.reason, file);
    return verdict.verified;
  }
}

/** Where its packet, or message, is put; undefined where it sees none. */
function placeOf(type: ProgramType, memory: LinearMemory): AnyPlace | undefined {
  if (type === 'flow_dissector') return new FlowKeysPlace(memory, false);
  if (type === 'sk_msg') return new MessagePlace(memory);
  return packetTypes.has(type) ? new PacketPlace(memory, type) : undefined;
}

function linkObjectOf(request: TestRunRequest): LinkedObject {
  const { path, program, target } = request;
  const file = basename(path);
  const bytes = readObject(path);
  const inside = embeddedObjects(bytes, file);
  const objects = (inside.length > 1 ? inside : [bytes]).map((each) =>
    linkOnto(target, request, openObject(each, file)),
  );
  const found = objects.find(({ programs }) => programs.some(({ name }) => name === program)) ?? objects[0];
  if (found === undefined) throw new Failure('object', 'no-program', 'the file holds no object', { file });
  if (!found.isBigEndian) return found;
  throw new Failure('object', 'big-endian', 'built for a big-endian machine: it does not run here', { file });
}

function checkInput({ name, type }: LinkedProgram, input: TestRunRequest['input']): void {
  const seesPacket = packetTypes.has(type);
  if (seesPacket && input === 'context')
    throw new Failure(
      'usage',
      'bad-option',
      `${name} (${type}) sees a packet: --packet or --pcap, not --ctx`,
    );
  if (!seesPacket && input === 'packet')
    throw new Failure('usage', 'bad-option', `${name} (${type}) sees no packet: --ctx`);
}

function programOf({ programs, file }: LinkedObject, name: string): LinkedProgram {
  const found = programs.find((each) => each.name === name);
  if (found !== undefined) return found;
  const known = programs.map((each) => each.name).join(', ');
  throw new Failure('object', 'unknown-program', `no program ${name}; there is ${known}`, { file });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
