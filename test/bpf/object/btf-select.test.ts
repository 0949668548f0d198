import { expect, it } from 'vitest';

import { BtfBuilder } from '../../../electron/bpf/object/btf-builder.ts';
import { selectMembers } from '../../../electron/bpf/object/btf-select.ts';
import { modelledTypes } from '../../../electron/replay/kernel/model/modelled-types.ts';

it('leaves out members alone: ids, sizes and offsets stay', () => {
  const builder = new BtfBuilder();
  const int = builder.addInteger('int', 4, true);
  const member = (
    name: string,
    offsetBits: number,
  ): { name: string; typeId: number; offsetBits: number } => ({
    name,
    typeId: int,
    offsetBits,
  });
  const inner = builder.addStruct({ name: '', sizeBytes: 4, members: [member('kept', 0)] });
  builder.addStruct({
    name: 'task',
    sizeBytes: 16,
    members: [member('a', 0), member('b', 32), { name: '', typeId: inner, offsetBits: 64 }, member('c', 96)],
  });
  builder.addStruct({ name: 'other', sizeBytes: 4, members: [member('a', 0)] });
  const types = selectMembers(builder.build(), (struct, name) => struct === 'task' && name === 'b');
  const task = types.findStruct('task');
  expect(task?.sizeBytes).toBe(16);
  expect(task?.members.map(({ name, offsetBits }) => [name, offsetBits])).toEqual([
    ['b', 32],
    ['', 64],
  ]);
  expect(types.typeById(inner)).toMatchObject({ members: [{ name: 'kept' }] });
  expect(types.findStruct('other')).toMatchObject({ sizeBytes: 4, members: [] });
});

it('keeps all of the modelled kernel where everything is kept', () => {
  const types = modelledTypes('x86_64');
  expect(Buffer.from(selectMembers(types, () => true).bytes).equals(types.bytes)).toBe(true);
});
