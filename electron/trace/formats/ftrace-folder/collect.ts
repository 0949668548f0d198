/** Finds the members of tracefs folders among a bundle's, and opens a source for each folder. */
import type { ByteSource, Source } from '../../event.ts';
import { cpuOfMember, openFtraceFolder } from './ftrace-folder.ts';
import { TEXT_BYTES_MAX } from './limits.ts';

export interface FolderMember {
  /** Path in the bundle. */
  readonly name: string;
  open(): Promise<ByteSource>;
}

/** What the bundle knows beside the folder. */
export interface FolderFacts {
  readonly eventFormats: ReadonlyMap<string, string>;
  readonly comms: ReadonlyMap<number, string>;
  readonly tgids: ReadonlyMap<number, number>;
  readonly kallsyms: string | undefined;
  readonly traceClock: string | undefined;
  readonly kernelRelease: string | undefined;
  readonly machine: string | undefined;
}

interface Found {
  readonly name: string;
  readonly cpus: { readonly cpu: number; readonly member: FolderMember }[];
  readonly statistics: { readonly cpu: number; readonly member: FolderMember }[];
}

const PAGES = /^(.*?)\/?per_cpu\/cpu\d+\/trace_pipe_raw$/;
const STATISTICS = /^(.*?)\/?per_cpu\/cpu(\d+)\/stats$/;
const HEADER_PAGE = /(?:^|\/)events\/header_page$/;
const HEADER_EVENT = /(?:^|\/)events\/header_event$/;

export class FtraceFolders {
  readonly #folders = new Map<string, Found>();
  #headerPage: FolderMember | undefined;

  /** Whether the member is of such a folder; then it is kept for open(). */
  take(member: FolderMember): boolean {
    const cpu = cpuOfMember(member.name);
    const pages = PAGES.exec(member.name)?.[1];
    if (cpu !== undefined && pages !== undefined) {
      this.#folder(pages).cpus.push({ cpu, member });
      return true;
    }
    const [, folder, number] = STATISTICS.exec(member.name) ?? [];
    if (folder !== undefined) {
      this.#folder(folder).statistics.push({ cpu: Number(number), member });
      return true;
    }
    if (!HEADER_PAGE.test(member.name)) return HEADER_EVENT.test(member.name);
    this.#headerPage ??= member;
    return true;
  }

  /** Folders that have pages, by name. */
  get names(): readonly string[] {
    return [...this.#folders.values()].filter(({ cpus }) => cpus.length > 0).map(({ name }) => name);
  }

  /** Opens the folder's pages; each file is given to `keep`, to be closed with the bundle. */
  async open(name: string, facts: FolderFacts, keep: (file: ByteSource) => void): Promise<Source> {
    const folder = this.#folder(name);
    const cpus: { cpu: number; file: ByteSource }[] = [];
    for (const { cpu, member } of folder.cpus) {
      const file = await member.open();
      keep(file);
      cpus.push({ cpu, file });
    }
    const statistics = new Map<number, string>();
    for (const { cpu, member } of folder.statistics) statistics.set(cpu, await textOf(member));
    const headerPage = this.#headerPage === undefined ? undefined : await textOf(this.#headerPage);
    return openFtraceFolder({
      ...facts,
      name: name === '' ? 'per_cpu' : name,
      cpus,
      headerPage,
      statistics,
      clock: facts.traceClock,
    });
  }

  #folder(name: string): Found {
    const known = this.#folders.get(name);
    if (known !== undefined) return known;
    const found = { name, cpus: [], statistics: [] };
    this.#folders.set(name, found);
    return found;
  }
}

async function textOf(member: FolderMember): Promise<string> {
  const file = await member.open();
  try {
    return Buffer.from(file.read(0, Math.min(file.sizeBytes, TEXT_BYTES_MAX))).toString('latin1');
  } finally {
    file.close();
  }
}
