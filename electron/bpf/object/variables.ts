/** Setting an object's global variables before it is loaded, as a skeleton's user does. */
import { Failure } from '../../failure.ts';
import type { MapDefinition } from '../program.ts';
import { SYMBOL_OBJECT, type ElfSymbol } from './elf.ts';
import type { ObjectFile } from './open.ts';

export type VariableValues = Readonly<Record<string, bigint | number | boolean>>;

/**
 * The object's maps with the variables set. Throws Failure `unknown-variable`, or `bad-variable` where
 * the value does not fit the variable.
 */
export function mapsWithVariables(object: ObjectFile, values: VariableValues): MapDefinition[] {
  const bytesBySection = new Map(
    object.maps.flatMap(({ definition, sectionIndex }): [number, Uint8Array][] =>
      definition.initialValue === undefined ? [] : [[sectionIndex, definition.initialValue.slice()]],
    ),
  );
  for (const [name, value] of Object.entries(values)) {
    if (object.isBigEndian)
      throw new Failure(
        'object',
        'big-endian',
        `${name} is not set: the object is for a big-endian machine`,
        {
          file: object.file,
        },
      );
    const symbol = object.elf.symbols.find(
      (each) => each.name === name && each.type === SYMBOL_OBJECT && bytesBySection.has(each.sectionIndex),
    );
    const bytes = symbol === undefined ? undefined : bytesBySection.get(symbol.sectionIndex);
    if (symbol === undefined || bytes === undefined) {
      throw new Failure('object', 'unknown-variable', `the object has no global variable ${name}`, {
        file: object.file,
      });
    }
    writeVariable(object.file, bytes, symbol, BigInt(value));
  }
  return object.maps.map(({ definition, sectionIndex }) => ({
    ...definition,
    initialValue: definition.initialValue === undefined ? undefined : bytesBySection.get(sectionIndex),
  }));
}

function writeVariable(
  file: string,
  bytes: Uint8Array,
  { name, value: offset, sizeBytes }: ElfSymbol,
  value: bigint,
): void {
  const refuse = (reason: string): Failure =>
    new Failure('object', 'bad-variable', `${name} ${reason}`, { file });
  if (![1, 2, 4, 8].includes(sizeBytes)) throw refuse(`has ${sizeBytes} bytes: it is no number`);
  if (offset + sizeBytes > bytes.length) throw refuse('does not lie in its section');
  const bits = sizeBytes * 8;
  const fits = BigInt.asUintN(bits, value) === value || BigInt.asIntN(bits, value) === value;
  if (!fits) throw refuse(`has ${sizeBytes} bytes, too few for ${value}`);
  let rest = BigInt.asUintN(bits, value);
  for (let index = 0; index < sizeBytes; index += 1, rest >>= 8n)
    bytes[offset + index] = Number(rest & 0xffn);
}
