/** The one table of commands. A command's module is loaded when it is run: `info` need not wait for charts. */
import { DEFAULT_PROGRAM } from './default-program.ts';

export interface Command {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  /** Computes without a pause and leaves nothing half done: an interrupt ends the process as it is. */
  readonly isUninterrupted?: true;
  /** Throws Failure for what is refused; `usage` for arguments that make no sense. */
  run(args: readonly string[], signal: AbortSignal): Promise<void>;
}

export const commands: readonly Command[] = [
  {
    name: 'info',
    usage: 'info BUNDLE [--clock SOURCE=+SECONDS]... [--json]',
    summary: 'what a bundle holds: sources, clocks, counts, and everything lost or not read',
    run: async (args, signal) => (await import('./info.ts')).info(args, signal),
  },
  {
    name: 'events',
    usage:
      'events BUNDLE [--type SYSTEM:NAME]... [--from SECONDS] [--to SECONDS] [--stacks] [--symbols FILE|FOLDER]... [--clock SOURCE=+SECONDS]... [--json]',
    summary:
      'print the events themselves in time order: time, CPU, thread, type and fields; + counts from the first',
    run: async (args, signal) => (await import('./events.ts')).events(args, signal),
  },
  {
    name: 'logs',
    usage: 'logs BUNDLE [--templates] [--probes FILE.yaml]... [--json]',
    summary: 'what the logs of a bundle hold: severities, tags, log probes; with --templates, what to probe',
    run: async (args, signal) => (await import('./logs.ts')).logs(args, signal),
  },
  {
    name: 'run',
    usage:
      'run OBJECT BUNDLE [--program NAME]... [--set NAME=VALUE]... [--attach PROGRAM=TARGET]... [--map NAME=FILE]... [--pin MAP=NAME]... [--with OBJECT]... [--swap TIME=OBJECT]... [--clock SOURCE=+SECONDS]... [--from TIME] [--to TIME] [--cpu 0,2-3] [--pid N] [--tid N] [--comm NAME] [--at TIME] [--iter-map PROGRAM=MAP]... [--packets-out FILE.pcapng] [--symbols FILE|FOLDER]... [--plain] [--json] [-- TOOL-OPTION...]',
    summary: `attach an eBPF object (a file, a libbpf tool, or a bundled program such as ${DEFAULT_PROGRAM}) to a bundle`,
    run: async (args, signal) => (await import('./run.ts')).run(args, signal),
  },
  {
    name: 'attach',
    usage:
      'attach OBJECT BUNDLE [--explain] [--set NAME=VALUE]... [--attach PROGRAM=TARGET]... [--clock SOURCE=+SECONDS]... [--json]',
    summary:
      'say which programs of an object attach to a bundle; with --explain, to which events, and what they ask for that it does not hold',
    run: async (args, signal) => (await import('./attach.ts')).attach(args, signal),
  },
  {
    name: 'report',
    usage:
      'report BUNDLE --out FILE.html [--program OBJECT] [--set NAME=VALUE]... [--map NAME=FILE]... [--symbols FILE|FOLDER]... [--clock SOURCE=+SECONDS]... [--from TIME] [--to TIME] [--cpu 0,2-3] [--pid N] [--tid N] [--comm NAME] [--at TIME] [--iter-map PROGRAM=MAP]... [--language en|zh] [-- TOOL-OPTION...]',
    summary: `run a program (${DEFAULT_PROGRAM} unless told) and write one self-contained HTML file`,
    run: async (args, signal) => (await import('./report.ts')).report(args, signal),
  },
  {
    name: 'verify',
    usage:
      'verify FILE... [--btf FILE]... [--set NAME=VALUE]... [--attach PROGRAM=TARGET]... [--unprivileged] [--log-level N] [--json]',
    summary:
      'say of every program of every object whether the verifier accepts it, and if not, why and where',
    isUninterrupted: true,
    run: async (args, signal) => (await import('./verify.ts')).verify(args, signal),
  },
  {
    name: 'inspect',
    usage: 'inspect FILE [--disassemble PROGRAM] [--json]',
    summary: 'what an object holds, in a .o or inside a tool: programs, maps, variables, what it reads',
    run: async (args) => (await import('./inspect.ts')).inspect(args),
  },
  {
    name: 'helpers',
    usage: 'helpers [--json]',
    summary: 'every helper Linux defines, and its state here',
    run: async (args) => (await import('./helpers.ts')).helpers(args),
  },
  {
    name: 'test-run',
    usage:
      'test-run OBJECT PROGRAM [--packet HEX | --pcap FILE | --ctx HEX] [--repeat N] [--engine jit|interpreter] [--set NAME=VALUE]... [--map NAME=FILE]... [--maps] [--json]',
    summary: 'run one program on given input, as BPF_PROG_TEST_RUN does, without a kernel and without root',
    isUninterrupted: true,
    run: async (args) => (await import('./test-run.ts')).testRun(args),
  },
  {
    name: 'serve',
    usage: 'serve [BUNDLE] [--port N]',
    summary: 'serve the page to a browser on this machine, print the address, until interrupted',
    run: async (args, signal) => (await import('./doors.ts')).serve(args, signal),
  },
  {
    name: 'open',
    usage: 'open [BUNDLE]',
    summary: 'open the workbench in a window',
    run: async (args, signal) => (await import('./doors.ts')).open(args, signal),
  },
];
