/** The whole page over a fake engine and a database in memory: what component tests click on. */
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils';
import { createPinia } from 'pinia';
import { defineComponent, h, ref, shallowRef, type ShallowRef } from 'vue';

import type { BundleOutline, HostInfo, Progress } from '../../electron/host/contract.ts';
import App from '../../renderer/App.vue';
import type { HostLink, LinkState } from '../../renderer/host/host-link.ts';
import { createMessages } from '../../renderer/messages/i18n.ts';
import type { CaseDatabase, StoredCase, StoredSettings } from '../../renderer/stores/case-database.ts';
import { useCase } from '../../renderer/stores/case.ts';
import { servicesKey } from '../../renderer/stores/services.ts';
import { useSettings } from '../../renderer/stores/settings.ts';
import { fakeHost, type FakeHost, type FakeHostOptions } from './fake-host.ts';

/** Stands for the canvas: keeps what it was given where a test can read it. */
const ChartStub = {
  name: 'Chart',
  props: { option: { type: Object, required: true }, description: { type: String, required: true } },
  render() {
    return h('div', { role: 'img', 'aria-label': (this as unknown as { description: string }).description });
  },
};

export interface MemoryDatabase extends CaseDatabase {
  stored: StoredCase | undefined;
  settings: StoredSettings | undefined;
}

export function memoryDatabase(
  start: Partial<Pick<MemoryDatabase, 'stored' | 'settings'>> = {},
): MemoryDatabase {
  const database: MemoryDatabase = {
    stored: start.stored,
    settings: start.settings,
    loadCase: async () => database.stored,
    // A clone, as IndexedDB makes one: what cannot be cloned fails here as it does there.
    saveCase: async (stored) => void (database.stored = structuredClone(stored)),
    loadSettings: async () => database.settings,
    saveSettings: async (settings) => void (database.settings = structuredClone(settings)),
  };
  return database;
}

export interface MountedPage {
  readonly page: VueWrapper;
  readonly host: FakeHost;
  readonly database: MemoryDatabase;
  readonly linkState: ShallowRef<LinkState>;
  readonly openCase: ReturnType<typeof useCase>;
  /** The engine says hello, as at the start and after a reconnection. */
  connect(): Promise<void>;
  progress(progress: Progress): void;
  outline(outline: BundleOutline): void;
}

export interface MountOptions extends FakeHostOptions {
  readonly database?: MemoryDatabase;
  /** Default true: the engine answers at once. */
  readonly isConnected?: boolean;
}

export async function mountPage(options: MountOptions = {}): Promise<MountedPage> {
  giveElementsHeight();
  const database = options.database ?? memoryDatabase({ settings: { theme: 'light', locale: 'en' } });
  const linkState = shallowRef<LinkState>('connecting');
  const info = ref<HostInfo>();
  const progressListeners: ((progress: Progress) => void)[] = [];
  const connectedListeners: ((info: HostInfo) => void)[] = [];
  const progress = (each: Progress): void => progressListeners.forEach((tell) => tell(each));
  const outlineListeners: ((outline: BundleOutline) => void)[] = [];
  const outline = (each: BundleOutline): void => outlineListeners.forEach((tell) => tell(each));
  const host = fakeHost(options, { onProgress: progress, onOutline: outline });
  const link: HostLink = {
    state: linkState,
    info,
    api: host.api,
    onProgress: (listener) => progressListeners.push(listener),
    onOutline: (listener) => outlineListeners.push(listener),
    onConnected: (listener) => connectedListeners.push(listener),
    isPolled: true,
    retryNow: () => undefined,
    start: () => undefined,
  };
  const pinia = createPinia();
  const messages = createMessages('en');
  let openCase: ReturnType<typeof useCase> | undefined;
  const page = mount(
    defineComponent({
      components: { App },
      setup() {
        openCase = useCase();
        const settings = useSettings();
        const isReady = ref(false);
        void Promise.all([settings.restore(), openCase.restore()]).then(() => (isReady.value = true));
        return () => (isReady.value ? h(App) : null);
      },
    }),
    {
      attachTo: document.body,
      global: {
        plugins: [pinia, messages],
        provide: { [servicesKey as symbol]: { link, database } },
        stubs: { Chart: ChartStub },
      },
    },
  );
  await flushPromises();
  if (openCase === undefined) throw new Error('the page was not set up');
  async function connect(): Promise<void> {
    linkState.value = 'connected';
    info.value = host.info;
    connectedListeners.forEach((tell) => tell(host.info));
    await flushPromises();
  }
  if (options.isConnected !== false) await connect();
  return { page, host, database, linkState, openCase, connect, progress, outline };
}

/** happy-dom lays nothing out; the table draws only rows that fit its height. */
function giveElementsHeight(): void {
  Object.defineProperties(HTMLElement.prototype, {
    offsetHeight: { configurable: true, get: () => 400 },
    offsetWidth: { configurable: true, get: () => 800 },
    clientHeight: { configurable: true, get: () => 400 },
  });
}
