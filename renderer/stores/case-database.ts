/**
 * What the page keeps over a reload: the open case with its result, and how the page is set. Dexie
 * behind a small interface, so that tests and a browser without storage can do with less.
 */
import { Dexie, type Table } from 'dexie';

import type { WrittenProbe } from '../analysis/log-probes.ts';
import type {
  BundleInfo,
  Heatmap,
  IteratorChoices,
  RunLimits,
  RunResult,
  SymbolFile,
} from '../../electron/host/contract.ts';

export interface StoredCase {
  readonly bundle: BundleInfo;
  readonly run: RunResult | undefined;
  /** What was set of the program before it was loaded. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly limits?: RunLimits;
  readonly toolArguments?: string;
  readonly iterators?: IteratorChoices;
  readonly symbolFiles?: readonly SymbolFile[];
  readonly probes?: readonly WrittenProbe[];
  readonly viewId: string | undefined;
  readonly selectedGroupId: string | undefined;
  /** Those that were on screen; the host has the rest. */
  readonly heatmaps: readonly Heatmap[];
}

export interface StoredSettings {
  readonly theme: 'system' | 'light' | 'dark';
  readonly locale: 'en' | 'zh';
}

export interface CaseDatabase {
  loadCase(): Promise<StoredCase | undefined>;
  saveCase(stored: StoredCase): Promise<void>;
  loadSettings(): Promise<StoredSettings | undefined>;
  saveSettings(settings: StoredSettings): Promise<void>;
}

/** Of StoredCase: a case another version of the page kept is not shown. */
const CASE_VERSION = 1;

interface Entry {
  readonly key: 'case' | 'settings';
  readonly version: number;
  readonly value: unknown;
}

class RetroprobeDatabase extends Dexie {
  declare readonly entries: Table<Entry, string>;

  constructor() {
    super('retroprobe');
    this.version(1).stores({ entries: 'key' });
  }
}

export function openCaseDatabase(): CaseDatabase {
  const database = new RetroprobeDatabase();
  const load = async (key: Entry['key']): Promise<unknown> => {
    const entry = await database.entries.get(key);
    return entry?.version === CASE_VERSION ? entry.value : undefined;
  };
  const save = async (key: Entry['key'], value: unknown): Promise<void> => {
    await database.entries.put({ key, version: CASE_VERSION, value });
  };
  return {
    loadCase: async () => (await load('case')) as StoredCase | undefined,
    saveCase: (stored) => save('case', stored),
    loadSettings: async () => (await load('settings')) as StoredSettings | undefined,
    saveSettings: (settings) => save('settings', settings),
  };
}
