/**
 * What lies in a bundle beside recordings: symbols, mappings, tasks, addresses, the kernel's types and configuration,
 * format files. Each is recognised by its content and kept as what it is; what recordings need of it is gathered in
 * DeviceFacts.
 */
import type { ByteSource, ClockPair, SourceMapping } from '../event.ts';

/** The shape of every kind; table.ts lists them. */
export interface ContextKind {
  /** As `info` shows it: `kernel symbols`. */
  readonly name: string;
  /** Members of it come by the hundred: they are shown as one. */
  readonly isCounted?: true;
  /** By the first bytes, and only where those could be much else by where the member lies. */
  detect(head: ContextHead): boolean;
  /** Reads what is gathered, and gives what is shown beside the name: `185,023 symbols`. Throws Failure. */
  read(file: ByteSource, head: ContextHead, facts: DeviceFacts): string;
}

export interface ContextHead {
  /** Path inside the bundle. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** The bytes as Latin-1, so that one character is one byte. */
  readonly text: string;
  /** For what is read when it is needed: the bundle is still open then. */
  open(): Promise<ByteSource>;
}

/** One member, or all members of a counted kind. */
export interface ContextMember {
  readonly name: string;
  readonly kind: string;
  readonly detail: string;
  readonly sizeBytes: number;
}

/** What a bundle's context says of the device, gathered from all of it; the first member to say a thing wins. */
export class DeviceFacts {
  readonly comms = new Map<number, string>();
  readonly tgids = new Map<number, number>();
  /** By process id. */
  readonly parents = new Map<number, number>();
  /** Texts of format files by `system:name`. */
  readonly eventFormats = new Map<string, string>();
  /** Systems by the name of an event they have. */
  readonly systemsByEvent = new Map<string, string[]>();
  readonly mappings: SourceMapping[] = [];
  /** What `ip` printed, and sysctl of the network, member after member: who asks where packets go reads it. */
  readonly network = {
    addresses: [] as string[],
    routes: [] as string[],
    neighbours: [] as string[],
    settings: [] as string[],
  };
  /** Strings of the kernel by their addresses in hexadecimal, as printk_formats has them. */
  readonly printkFormats = new Map<string, string>();
  /** Values as the configuration spells them: `y`, `m`, `250`, `"text"`. */
  readonly configuration = new Map<string, string>();
  readonly clockPairs: ClockPair[] = [];
  /** Lines of kprobe_events and its kin. */
  readonly dynamicEvents: string[] = [];
  /** Programs, libraries and their debug information. */
  readonly symbolFiles: { readonly name: string; open(): Promise<ByteSource> }[] = [];
  /** Texts of perf-PID.map by process id. */
  readonly runtimeFunctions = new Map<number, string>();
  kallsyms: string | undefined;
  kernelRelease: string | undefined;
  machine: string | undefined;
  /** The kernel's types, as /sys/kernel/btf/vmlinux has them: the member to open. */
  kernelTypes: string | undefined;
  /** The clock that was chosen in trace_clock. */
  traceClock: string | undefined;
  /** When the device's state was written down, milliseconds since 1970 in UTC. */
  takenAtMs: number | undefined;
  /** The same by the device's wall clock where no zone is known: as though it were UTC. */
  takenAtWallMs: number | undefined;
  /** Seconds since the device was started, at that moment. */
  uptimeSeconds: number | undefined;
  /** By how much that may be wrong, where it is known only roughly. */
  uptimeErrorSeconds: number | undefined;
  /** `Europe/Berlin`, or as far as it is known. */
  timeZone: string | undefined;
  utcOffsetMinutes: number | undefined;
}
