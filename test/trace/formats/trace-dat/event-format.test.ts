import { describe, expect, test } from 'vitest';
import { parseEventFormat, parseField } from '../../../../electron/trace/formats/trace-dat/event-format.ts';

const SCHED_SWITCH = `name: sched_switch
ID: 98
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

\tfield:char prev_comm[16];\toffset:8;\tsize:16;\tsigned:0;
\tfield:long prev_state;\toffset:32;\tsize:8;\tsigned:1;

print fmt: "prev_comm=%s field:int nothing;\toffset:0;\tsize:4;", REC->prev_comm
`;

test('gives name, id, fields and print format of a format file, and no field of the print format', () => {
  const type = parseEventFormat(SCHED_SWITCH, 'sched', 3, 8);
  expect(type).toMatchObject({
    index: 3,
    system: 'sched',
    name: 'sched_switch',
    recordId: 98,
    sizeBytes: 40,
  });
  expect(type?.fields.map(({ name }) => name)).toEqual([
    'common_type',
    'common_pid',
    'prev_comm',
    'prev_state',
  ]);
  expect(type?.printFormat).toMatch(/^"prev_comm=%s .*REC->prev_comm$/);
});

test('does not take for a format file what has no name or id', () => {
  expect(parseEventFormat('name: x\n', 'test', 0, 8)).toBeUndefined();
  expect(parseEventFormat('', 'test', 0, 8)).toBeUndefined();
});

describe('a field', () => {
  // Declaration, size; type, kind, elements, bytes of one, signed. Lines as Linux 6.18 and 3.14 write them.
  test.each([
    ['char prev_comm[16]', 16, 'char', 'text', 16, 1],
    ['char prev_comm[TASK_COMM_LEN]', 16, 'char', 'text', 16, 1],
    ['unsigned long args[6]', 48, 'unsigned long', 'array', 6, 8],
    ['__data_loc char[] filename', 4, 'char', 'dataLoc', 0, 1],
    ['__data_loc unsigned long[] mask', 4, 'unsigned long', 'dataLoc', 0, 8],
    ['__rel_loc char[] name', 4, 'char', 'relLoc', 0, 1],
    ['const char * name', 8, 'const char *', 'integer', 1, 8],
    ['void *call_site', 8, 'void *', 'integer', 1, 8],
    ['unsigned long caller', 0, 'unsigned long', 'array', 0, 8],
    ['unsigned long caller[8]', 64, 'unsigned long', 'array', 8, 8],
    ['u8 addr[4]', 4, 'u8', 'array', 4, 1],
    ['__u8 saddr_v6[16]', 16, '__u8', 'array', 16, 1],
    ['struct timespec ts', 16, 'struct timespec', 'array', 16, 1],
    ['enum hrtimer_mode mode', 4, 'enum hrtimer_mode', 'integer', 1, 4],
    ['bool success', 1, 'bool', 'integer', 1, 1],
    ['pid_t pid', 4, 'pid_t', 'integer', 1, 4],
  ] as const)('%s', (declared, sizeBytes, type, kind, elementCount, elementSizeBytes) => {
    const field = parseField(`\tfield:${declared};\toffset:16;\tsize:${sizeBytes};\tsigned:1;`, 8);
    expect(field).toMatchObject({
      type,
      kind,
      elementCount,
      elementSizeBytes,
      sizeBytes,
      offsetBytes: 16,
      isSigned: true,
    });
    expect(declared).toContain(field?.name);
  });

  test('has its sign guessed from the type where an old kernel does not say', () => {
    expect(parseField('\tfield:unsigned int pid;\toffset:8;\tsize:4;', 8)?.isSigned).toBe(false);
    expect(parseField('\tfield:int pid;\toffset:8;\tsize:4;', 8)?.isSigned).toBe(true);
  });

  test('is none where the line is another', () => {
    expect(parseField('print fmt: "field"', 8)).toBeUndefined();
    expect(parseField('format:', 8)).toBeUndefined();
  });
});
