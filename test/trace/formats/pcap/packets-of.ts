/** All packets of a capture as a source gives them. */
import type { Source } from '../../../../electron/trace/event.ts';
import { fieldOf, RecordReader } from '../../../../electron/trace/record.ts';

export interface WrittenPacket {
  readonly interfaceName: string | undefined;
  readonly comment: string;
  readonly flags: number;
  readonly hex: string;
}

export async function packetsOf(source: Source): Promise<WrittenPacket[]> {
  const packets: WrittenPacket[] = [];
  const reader = new RecordReader(source.schema);
  for await (const batch of source.batches()) {
    for (let row = 0; row < batch.count; row += 1) {
      const type = source.schema.types[batch.type[row] ?? 0];
      if (type === undefined) continue;
      const value = (name: string): unknown => {
        const field = fieldOf(type, name);
        return field && reader.value(batch, row, field);
      };
      packets.push({
        interfaceName: source.context.interfaceNames?.[Number(value('interface') ?? -1)],
        comment: String(value('comment') ?? ''),
        flags: Number(value('flags') ?? 0),
        hex: Buffer.from(value('data') as number[]).toString('hex'),
      });
    }
  }
  return packets;
}
