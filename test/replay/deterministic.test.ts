import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { openObject } from '../../electron/bpf/object/open.ts';
import type { EngineName } from '../../electron/bpf/vm/machine.ts';
import { attachObject } from '../../electron/replay/attach.ts';
import { replay } from '../../electron/replay/engine.ts';
import { openBundle } from '../../electron/trace/bundle/bundle.ts';

const SAMPLE = 'traces/runqueue-contention.zip';

/** Everything that comes out of a replay: outputs with their times, what was printed and missed, all maps as bytes. */
async function fingerprint(
  path: string,
  engine: EngineName,
  programs: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<string> {
  const bundle = await openBundle(SAMPLE);
  try {
    const object = openObject(readFileSync(path), path);
    const attached = await attachObject(object, bundle.sources, {
      engine,
      settings,
      ...(programs.length > 0 && { programs }),
    });
    const { events, outputs, outputsCut, faults } = await replay(attached);
    const hash = createHash('sha256');
    hash.update(JSON.stringify([events, outputsCut, faults, [...attached.moment.missingCounts]]));
    hash.update(JSON.stringify(attached.moment.printed.map(({ timeNs, text }) => [String(timeNs), text])));
    for (const { stream, program, timeNs, bytes } of outputs)
      hash.update(`${stream} ${program} ${timeNs} `).update(bytes);
    for (const map of attached.maps) {
      hash.update(map.definition.name);
      for (const { key, value } of map.entries()) hash.update(key).update(value);
    }
    return hash.digest('hex');
  } finally {
    bundle.close();
  }
}

test.for([
  ['programs/scheduling/runqlat.bpf.o', [], {}],
  ['test/programs/tasks.bpf.o', ['by_probe_read'], {}],
  [
    '/usr/sbin/runqlat',
    ['sched_wakeup', 'sched_wakeup_new', 'sched_switch'],
    { 'hists.max_entries': '10240', 'start.max_entries': '10240', targ_per_thread: 'true' },
  ],
] as const)(
  'replaying %s twice gives the same bytes, and the interpreter the same as the JIT',
  async ([path, programs, settings], context) => {
    if (!existsSync(path)) return context.skip(`${path} is not here`);
    const first = await fingerprint(path, 'jit', programs, settings);
    expect(await fingerprint(path, 'jit', programs, settings)).toBe(first);
    expect(await fingerprint(path, 'interpreter', programs, settings)).toBe(first);
  },
);
