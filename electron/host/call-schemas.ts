/** What each call of the contract must be given: checked where a call arrives. */
import * as v from 'valibot';

import { LIMIT_NAMES, LISTED_EVENTS_MAX, UPLOAD_PIECE_BYTES_MAX, type HostApi } from './contract.ts';

const PROBES_CHARACTERS_MAX = 65_536;
/** More than anybody adds by hand. */
const SYMBOL_UPLOADS_MAX = 1_000;

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(200));

const probes = v.pipe(v.string(), v.maxLength(PROBES_CHARACTERS_MAX));

const fileName = v.pipe(v.string(), v.minLength(1), v.maxLength(255));

const choice = v.pipe(v.string(), v.maxLength(65_536));

const programOnBundle = v.strictObject({
  jobId: id,
  bundleId: id,
  programId: id,
  probes: v.optional(probes),
  settings: v.optional(v.record(v.pipe(v.string(), v.maxLength(500)), choice)),
});

export const callSchemas = {
  hello: v.undefined_(),
  beginUpload: v.strictObject({
    name: fileName,
    sizeBytes: v.pipe(v.number(), v.integer(), v.minValue(0)),
  }),
  appendUpload: v.strictObject({
    uploadId: id,
    bytes: v.pipe(
      v.instance(Uint8Array),
      v.check((bytes) => bytes.length <= UPLOAD_PIECE_BYTES_MAX, 'piece too large'),
    ),
  }),
  finishUpload: v.strictObject({ uploadId: id }),
  finishSymbols: v.strictObject({ uploadId: id }),
  openBundle: v.strictObject({ jobId: id, bundleId: id }),
  programSettings: v.strictObject({ programId: id }),
  run: v.strictObject({
    ...programOnBundle.entries,
    limits: v.optional(v.partial(v.strictObject(v.entriesFromList(LIMIT_NAMES, choice)))),
    iterators: v.optional(
      v.strictObject({ at: v.optional(choice), maps: v.optional(v.record(choice, choice)) }),
    ),
    toolArguments: v.optional(choice),
    symbolFiles: v.optional(
      v.pipe(v.array(v.strictObject({ fileId: id, name: fileName })), v.maxLength(SYMBOL_UPLOADS_MAX)),
    ),
  }),
  explain: programOnBundle,
  logs: v.strictObject({ jobId: id, bundleId: id, probes, areTemplatesWanted: v.boolean() }),
  events: v.strictObject({
    jobId: id,
    bundleId: id,
    types: v.pipe(v.array(v.pipe(v.string(), v.maxLength(200))), v.maxLength(100)),
    from: v.optional(v.pipe(v.string(), v.maxLength(40))),
    count: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LISTED_EVENTS_MAX)),
    probes: v.optional(probes),
  }),
  heatmap: v.strictObject({
    runId: id,
    viewId: id,
    groupId: v.optional(v.pipe(v.string(), v.maxLength(2000))),
  }),
  report: v.strictObject({ jobId: id, runId: id, locale: v.picklist(['en', 'zh']) }),
  cancel: v.strictObject({ jobId: id }),
  pause: v.strictObject({ jobId: id, isPaused: v.boolean() }),
} as const satisfies Record<keyof HostApi, v.GenericSchema>;
