/** A log of a few lines, and what an engine says of it: probes count the lines that hold their first words. */
import type { ListedEvent, LogsAnswer } from '../../electron/host/contract.ts';
import { HostError } from '../../renderer/host/host-error.ts';

const LINES = [
  'camera back open took 12ms',
  'usb 1-1: new device',
  'camera front open took 30ms',
  'thermal zone 3 at 71',
];

/** Reads no more YAML than the page writes. */
export function fakeLogs(probes: string, areTemplatesWanted: boolean): LogsAnswer {
  if (probes.includes('{oops')) {
    const reason = "'broken': '{oops' is not closed";
    throw new HostError({
      layer: 'trace',
      code: 'bad-probe',
      file: 'probes.yaml',
      at: 'line 2',
      reason,
      message: `probes.yaml: line 2: ${reason}`,
    });
  }
  const written = [...probes.matchAll(/- name: (\w+)(?:\n +source: \S+)?\n +pattern: '([^'{]*)/g)];
  const templates = [
    { pattern: 'camera {p1:str} open took {p2:u64}ms', lines: 2, example: LINES[0] ?? '' },
    { pattern: 'thermal zone {p1:u64} at {p2:u64}', lines: 1, example: LINES[3] ?? '' },
  ];
  return {
    bundle: 'gateway-stall.zip',
    logs: [
      {
        name: 'dmesg.txt',
        format: 'kernel log',
        formatDetail: '',
        clock: 'boot',
        spanNs: [1_000_000_000n, 9_000_000_000n],
        lines: LINES.length,
        unparsed: 0,
        levels: [{ level: 'info', lines: LINES.length }],
        tags: [],
        probes: written.map(([, name, words = '']) => ({
          name: `log:${name}`,
          events: LINES.filter((line) => line.startsWith(words)).length,
        })),
        templates: areTemplatesWanted ? templates : undefined,
        otherLines: 0,
      },
    ],
  };
}

export function fakeEvents(types: readonly string[]): readonly ListedEvent[] {
  const all = LINES.map((message, index): ListedEvent => {
    return {
      source: 'dmesg.txt',
      clock: 'boot',
      isUnsynchronised: false,
      id: index,
      timeNs: BigInt(index + 1) * 1_000_000_000n,
      cpu: 0,
      tid: 40 + index,
      comm: 'kworker',
      type: 'log:line',
      fields: [
        ['common_type', 1],
        ['message', message],
        ['level', 6],
      ],
      stack: [],
    };
  });
  return all.filter(({ type }) => types.length === 0 || types.includes(type));
}
