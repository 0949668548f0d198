/** What a tool prints of a recording that is seen through a view of its sources. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { runnableSources } from '../../electron/host/jobs/read-bundle.ts';
import { readToolOptions } from '../../electron/packs/tool-options.ts';
import { readTool } from '../../electron/packs/tool-table.ts';
import { runPack } from '../../electron/packs/run.ts';
import { openBundle } from '../../electron/trace/bundle/bundle.ts';
import type { Source } from '../../electron/trace/event.ts';
import { toolPath } from './live-tool.ts';

export async function replayThrough(
  bundlePath: string,
  tool: string,
  args: readonly string[],
  view: (source: Source) => Source,
): Promise<readonly string[]> {
  const bundle = await openBundle(bundlePath, { cacheFolder: undefined });
  try {
    // As the host does: what a recording knows of its tasks is known once it was read.
    const { sources } = await runnableSources(bundle, { spanNs: undefined }, {});
    const table = readTool(join(import.meta.dirname, `../../programs/tools/${tool}.json`));
    const { tool: printed } = await runPack({
      objectBytes: readFileSync(toolPath(tool)),
      objectName: tool,
      manifest: undefined,
      tool: { table, options: readToolOptions(table, args) },
      sources: sources.map(view),
      spans: new Map(),
    });
    return printed?.lines ?? [];
  } finally {
    bundle.close();
  }
}
