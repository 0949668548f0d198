/**
 * What ftrace's own tracers record of functions: `function` at their entry, `funcgraph_entry` and `funcgraph_exit` at
 * both ends. They are of all functions, so each record is looked at: by its address, which the recording's symbols
 * tell, or by the symbol that a text has; a wildcard stands for all symbols that fit it. Arguments are there where the tracer was told (func-args), and results
 * (funcgraph-retval) the same way.
 */
import type { EventField, EventType, Source } from '../../trace/event.ts';
import { KernelSymbols } from '../kernel/kernel-symbols.ts';
import type { RecordCheck, RecordedProbe } from './probe-events.ts';
import { fitsName, type ProbeTarget } from './probe-target.ts';
import type { ProbeValue } from './probe-values.ts';
import { registersOf, type RegisterSet } from './registers.ts';

const WORD_BYTES = 8;
/** ftrace_regs_get_argument(): as many as registers hold, and no more than six (FTRACE_REGS_MAX_ARGS). */
const ARGUMENTS_MAX = 6;
/** Instructions that may lie between a function's start and the tracer's call take so many bytes each. */
const ENTRY_STEP = 4;

/** By the name of the event: at which end it is, and which field has the function. */
const TRACERS: Readonly<Record<string, { readonly isReturn: boolean; readonly address: string }>> = {
  function: { isReturn: false, address: 'ip' },
  funcgraph_entry: { isReturn: false, address: 'func' },
  funcgraph_exit: { isReturn: true, address: 'func' },
};

/** Records of one function, or of those that a wildcard stands for. */
export function functionRecords(target: ProbeTarget, sources: readonly Source[]): readonly RecordedProbe[] {
  if (target.kind !== 'kernel' || target.offset !== 0) return [];
  const registers = registersOf(sources);
  return sources.flatMap((source) =>
    source.schema.types.flatMap((type) => {
      const tracer = type.system === 'ftrace' ? TRACERS[type.name] : undefined;
      if (tracer === undefined || (target.side !== 'both' && tracer.isReturn !== (target.side === 'return')))
        return [];
      const { kallsyms } = source.context;
      const symbols = new KernelSymbols(kallsyms === undefined ? [] : [kallsyms]);
      const addressField = integerIn(type, tracer.address);
      const address = isWildcard(target.name) ? undefined : symbols.addressOf(target.name);
      const check = checkOf(type, addressField, address, symbols, target.name, registers);
      if (check === undefined) return [];
      return [
        {
          source,
          type,
          isReturn: tracer.isReturn,
          functionName: target.name,
          values: tracer.isReturn ? results(type, registers) : parameters(type, registers),
          check,
          address,
          addressField,
          instructionField: tracer.isReturn ? undefined : addressField,
        },
      ];
    }),
  );
}

function integerIn(type: EventType, name: string): EventField | undefined {
  return type.fields.find((field) => field.name === name && field.kind === 'integer');
}

function checkOf(
  type: EventType,
  addressField: EventField | undefined,
  address: bigint | undefined,
  symbols: KernelSymbols,
  name: string,
  { entryBytes }: RegisterSet,
): RecordCheck | undefined {
  // A text is kept whole, `fput <-close_fd`, but for the call graph's.
  const text = type.fields.find(
    (field) => (field.name === 'text' || field.name === 'func_symbol') && field.kind === 'dataLoc',
  );
  if (text !== undefined && isWildcard(name)) return { kind: 'symbols', field: text, pattern: name };
  if (text !== undefined) return { kind: 'symbol', field: text, name };
  if (isWildcard(name)) return addressField && wildcardCheck(addressField, symbols, name, entryBytes);
  if (addressField === undefined || address === undefined) return undefined;
  return { kind: 'address', field: addressField, from: address, to: address + BigInt(entryBytes) };
}

function isWildcard(name: string): boolean {
  return /[*?]/.test(name);
}

/** The addresses at which the tracer's call may lie, of all functions that fit; undefined where none does. */
function wildcardCheck(
  field: EventField,
  symbols: KernelSymbols,
  pattern: string,
  entryBytes: number,
): RecordCheck | undefined {
  const addresses = new Set<bigint>();
  for (const start of symbols.functionsNamed((name) => fitsName(pattern, name)).keys())
    for (let behind = 0; behind <= entryBytes; behind += ENTRY_STEP) addresses.add(start + BigInt(behind));
  return addresses.size === 0 ? undefined : { kind: 'addresses', field, addresses };
}

function results(type: EventType, { result }: RegisterSet): ProbeValue[] {
  const field = integerIn(type, 'retval');
  return field === undefined ? [] : [{ kind: 'register', register: result, field }];
}

/** The array that ends a record, as fields of their own: records without it are shorter. */
function parameters(type: EventType, registers: RegisterSet): ProbeValue[] {
  const numbered = registers.parameters.slice(0, ARGUMENTS_MAX).flatMap((register, index): ProbeValue[] => {
    const field = integerIn(type, `arg${index + 1}`);
    return field === undefined ? [] : [{ kind: 'register', register, field }];
  });
  if (numbered.length > 0) return numbered;
  const found = type.fields.find(({ name }) => name === 'args');
  if (found === undefined || found.elementSizeBytes !== WORD_BYTES) return [];
  return registers.parameters.slice(0, ARGUMENTS_MAX).map((register, index) => ({
    kind: 'register',
    register,
    field: {
      ...found,
      name: `args[${index}]`,
      kind: 'integer',
      offsetBytes: found.offsetBytes + WORD_BYTES * index,
      sizeBytes: WORD_BYTES,
      elementCount: 1,
    },
  }));
}
