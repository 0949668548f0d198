/** `retroprobe inspect FILE`: what an object holds, wherever it is: in a .o or inside a tool's executable. */
import { Failure } from '../failure.ts';
import { inspectFile, listingOf, type InspectedObject, type ObjectFacts } from '../host/inspect-objects.ts';
import { formatBytes, formatCount, formatValue, printable } from '../report/format.ts';
import { page, section, table } from '../report/text-page.ts';
import { readArguments } from './arguments.ts';

export async function inspect(args: readonly string[]): Promise<void> {
  const { names, values } = readArguments(
    args,
    { required: ['FILE'] },
    { json: { type: 'boolean' }, disassemble: { type: 'string' } },
  );
  const path = names[0] ?? '';
  const objects = inspectFile(path);
  const { disassemble } = values;
  if (disassemble !== undefined) {
    const lines = listing(objects, disassemble);
    process.stdout.write(values.json ? `${JSON.stringify(lines)}\n` : `${lines.map(printable).join('\n')}\n`);
    return;
  }
  for (const { facts, linked } of objects) {
    const { file } = linked;
    if (values.json) process.stdout.write(`${JSON.stringify({ file, ...facts })}\n`);
    else process.stdout.write(renderObject(file, facts, objects.length));
  }
}

function listing(objects: readonly InspectedObject[], name: string): string[] {
  for (const { linked } of objects) {
    const program = linked.programs.find((each) => each.name === name);
    if (program !== undefined) return listingOf(program, linked);
  }
  const known = objects.flatMap(({ linked }) => linked.programs.map((each) => each.name));
  throw new Failure('usage', 'unknown-program', `no program ${name}; there are ${known.join(', ')}`);
}

function renderObject(file: string, facts: ObjectFacts, count: number): string {
  const which = count > 1 ? `, object ${facts.index + 1} of ${count}` : '';
  const { programs, maps, structs, variables, externs, relocations } = facts;
  return page([
    [
      `${printable(file)}${which}  ${formatBytes(facts.sizeBytes)}  license ${facts.license || 'none'}${facts.isBigEndian ? '  big-endian' : ''}`,
    ],
    section(
      `Programs (${programs.length})`,
      table(
        programs.map((each) => [
          each.name,
          each.section,
          each.type,
          `${formatCount(each.instructions)} instructions`,
          each.isAutoloaded ? '' : 'not loaded unless asked',
        ]),
        [3],
      ),
    ),
    section(
      `Maps (${maps.length})`,
      table(
        maps.map((map) => [
          map.name,
          map.type,
          `key ${map.keySizeBytes}`,
          `value ${formatCount(map.valueSizeBytes)}`,
          `entries ${formatCount(map.maxEntries)}`,
          map.flags === 0 ? '' : `flags 0x${map.flags.toString(16)}`,
        ]),
      ),
    ),
    section(
      'Structs of functions (struct_ops)',
      table(
        structs.flatMap((each) => [
          [
            each.name,
            `struct ${each.struct}`,
            each.isLinked ? 'registered by a link' : '',
            each.isOptional ? 'not made unless asked' : '',
          ],
          ...Object.entries(each.programs).map(([member, program]) => ['', `.${member}`, program, '']),
        ]),
      ),
    ),
    section(
      'Variables',
      table(
        variables.map((each) => [each.name, each.section, firstLine(each.type), formatValue(each.value)]),
      ),
    ),
    section(
      'Externs',
      table(externs.map((each) => [each.name, each.section, each.isWeak ? 'weak' : 'required'])),
    ),
    section(
      'Reads of its kernel (CO-RE)',
      table(
        relocations.map((each) => [each.access, each.kind.replaceAll('_', ' '), `${each.count}`]),
        [2],
      ),
    ),
  ]);
}

/** A struct's members would take the column; its name is enough. */
function firstLine(text: string): string {
  return text.split('\n')[0]?.replace(/ \{$/, '') ?? '';
}
