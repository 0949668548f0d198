/**
 * A world in which nothing is known: every question is answered as the recording that does not say.
 * Others extend it with what they know.
 */
import type { Effect } from './effect.ts';
import type { HelperWorld, Session } from './helper.ts';
import {
  noObjects,
  type FunctionCall,
  type NamespacePids,
  type ObjectDirectory,
} from './object-directory.ts';
import type { RouteDirectory } from './route-directory.ts';
import { noSockets, type SocketDirectory } from './socket-directory.ts';

export class BlankWorld implements HelperWorld {
  /** Where it does, who extends this says so. */
  get standsStill(): boolean {
    return false;
  }

  timeNs(): bigint {
    return 0n;
  }

  ticksPerSecond(): number | undefined {
    return undefined;
  }

  cpu(): number {
    return 0;
  }

  tid(): number {
    return -1;
  }

  tgid(): number {
    return -1;
  }

  comm(): string | undefined {
    return undefined;
  }

  uid(): number {
    return -1;
  }

  gid(): number {
    return -1;
  }

  cgroupId(_level: number | undefined): bigint | undefined {
    return undefined;
  }

  currentTask(): bigint {
    return 0n;
  }

  namespacePids(): NamespacePids | undefined {
    return undefined;
  }

  objects(): ObjectDirectory {
    return noObjects;
  }

  sockets(): SocketDirectory {
    return noSockets;
  }

  routes(): RouteDirectory | undefined {
    return undefined;
  }

  functionCall(): FunctionCall | undefined {
    return undefined;
  }

  attachCookie(): bigint {
    return 0n;
  }

  session(): Session | undefined {
    return undefined;
  }

  numaNode(): number {
    return -1;
  }

  callchain(_isUser: boolean): BigUint64Array | undefined {
    return undefined;
  }

  recordedMemory(_space: 'kernel' | 'user', _address: bigint, _sizeBytes: number): Uint8Array | undefined {
    return undefined;
  }

  effect(_effect: Effect): void {}

  /** There is no file: what is written is lost, and counted. */
  writeSequence(_bytes: Uint8Array): boolean {
    this.missing('sequence-file');
    return true;
  }

  print(_text: string): void {}

  missing(_what: string): void {}

  random(): number {
    return 0;
  }
}
