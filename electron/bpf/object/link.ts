/**
 * Linking: an open object becomes programs that can be proved and run. Relocates every section onto
 * the target's types (CO-RE), then lays out each program with the functions it reaches and points
 * calls, maps and variables at what they name.
 */
import type { LinkedObject, LinkedProgram, MapDefinition, UnresolvedAccess } from '../program.ts';
import type { Btf } from './btf.ts';
import { CoreRelocator, type UnresolvedRelocation } from './core-relocation.ts';
import { ExternTable, type ExternValues, type SymbolAddresses } from './externs.ts';
import { layOutProgram, type LinkParts, type ProgramLayout, type RelocatedSection } from './layout.ts';
import { ObjectIndex } from './object-index.ts';
import { TEXT_SECTION, type ObjectFile, type ObjectFunction } from './open.ts';
import { meaningOfSection } from './section-names.ts';
import { sourceLines, subprograms } from './debug-records.ts';
import { placeStructOps } from './struct-ops.ts';
import { withSpecialFields } from './special-fields.ts';
import { configure, type ObjectSettings } from './settings.ts';
import { Failure } from '../../failure.ts';

/** Of all programs together: functions that many programs call count in each. Real objects have thousands. */
const INSTRUCTIONS_TOTAL_MAX = 4_000_000;

export interface LinkOptions {
  /** Types of the kernel the programs will read; without them CO-RE records are left as compiled. */
  readonly target?: Btf | undefined;
  /** Variables, sizes of maps, programs that load, by name; answers to externs go before `externs`. */
  readonly settings?: ObjectSettings | undefined;
  /** What programs are attached to in place of what their section says, by the program's name. */
  readonly attachTargets?: Readonly<Record<string, string>> | undefined;
  /** Kernel configuration values (`LINUX_KERNEL_VERSION`, `CONFIG_HZ`) by name, for `__kconfig` externs. */
  readonly externs?: ExternValues | undefined;
  /** Addresses of kernel symbols, for `__ksym` externs without a type. */
  readonly addressOf?: SymbolAddresses | undefined;
}

/**
 * Throws Failure of layer `object`: `bad-relocation`, `ambiguous-relocation`, `unknown-setting`,
 * `bad-setting`, `unknown-section`, `no-program`, `program-too-large`. What the target lacks is in `unresolved`, not thrown.
 */
export function linkObject(object: ObjectFile, options: LinkOptions = {}): LinkedObject {
  const sections = relocateSections(object, options.target);
  const configured = configure(object, options.settings ?? {});
  const externs = new ExternTable(
    object,
    { ...options.externs, ...configured.externs },
    options.target,
    options.addressOf,
  );
  const { maps: placed, members } = placeStructOps(configured.maps, object.btf, options.target);
  const maps: MapDefinition[] = placed
    .map((map) => withSpecialFields(map, object.btf))
    // In the other byte order, what lies there is not the number a program reads.
    .map((map) => (object.isBigEndian ? { ...map, isFrozen: false } : map));
  if (externs.map !== undefined) maps.push(externs.map);
  const parts: LinkParts = { object, index: new ObjectIndex(object), sections, externs };
  const programs: LinkedProgram[] = [];
  let instructionCount = 0;
  const unresolved: UnresolvedAccess[] = [];
  for (const entry of object.functions) {
    const section = sectionName(object, entry);
    if (section === TEXT_SECTION) continue;
    const layout = layOutProgram(parts, entry);
    instructionCount += layout.instructions.length;
    if (instructionCount > INSTRUCTIONS_TOTAL_MAX) {
      throw new Failure(
        'object',
        'program-too-large',
        `its programs have more than ${INSTRUCTIONS_TOTAL_MAX} instructions`,
        {
          file: object.file,
        },
      );
    }
    const program = describeProgram(parts, entry, section, layout);
    programs.push({
      ...program,
      attachTarget:
        options.attachTargets?.[entry.name] ?? members.get(entry.name)?.target ?? program.attachTarget,
      isAutoloaded:
        configured.autoload.get(entry.name) ??
        (program.isAutoloaded && members.get(entry.name)?.isLoaded !== false),
    });
    for (const each of layout.unresolved) unresolved.push({ program: entry.name, ...each });
  }
  if (programs.length === 0) {
    throw new Failure('object', 'no-program', 'the object holds no program, only functions', {
      file: object.file,
    });
  }
  const { file, isBigEndian, license, btf, initialEntries } = object;
  return { file, isBigEndian, license, programs, maps, initialEntries, btf, unresolved };
}

function sectionName(object: ObjectFile, { sectionIndex }: ObjectFunction): string {
  return object.elf.sections[sectionIndex]?.name ?? '';
}

function relocateSections(object: ObjectFile, target: Btf | undefined): Map<number, RelocatedSection> {
  const relocator =
    object.btf === undefined || target === undefined ? undefined : new CoreRelocator(object.btf, target);
  return new Map(
    [...object.code].map(([index, original]) => {
      const code = [...original];
      const records = object.extension?.relocations.get(object.elf.sections[index]?.name ?? '') ?? [];
      const unresolved = relocator?.relocate(code, records) ?? new Map<number, UnresolvedRelocation>();
      return [index, { code, unresolved }];
    }),
  );
}

function describeProgram(
  { object, index }: LinkParts,
  entry: ObjectFunction,
  section: string,
  { instructions, functions }: ProgramLayout,
): LinkedProgram {
  const meaning = meaningOfSection(section);
  if (meaning === undefined) {
    throw new Failure('object', 'unknown-section', `no program type goes by section name ${section}`, {
      file: object.file,
      at: `function ${entry.name}`,
    });
  }
  return {
    name: entry.name,
    section,
    type: meaning.type,
    attachTarget: meaning.attachTarget,
    isSleepable: meaning.isSleepable,
    isAutoloaded: meaning.isAutoloaded,
    instructions,
    subprograms: subprograms(index, functions),
    lines: sourceLines(index, functions),
  };
}
