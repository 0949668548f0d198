/** Log probes as the page edits them, and the file of YAML they make. */

export interface WrittenProbe {
  /** The tracepoint is `log:<name>`. */
  readonly name: string;
  /** A log's name; every log where it is ''. */
  readonly source: string;
  /** `{pid:int} camera {id:str} open took {ms:u64}ms` */
  readonly pattern: string;
}

/** '' without probes. */
export function probesYaml(probes: readonly WrittenProbe[]): string {
  if (probes.length === 0) return '';
  return `probes:\n${probes.map((probe) => `${linesOf(probe).join('\n')}\n`).join('')}`;
}

function linesOf({ name, source, pattern }: WrittenProbe): readonly string[] {
  return [
    `  - name: ${quoted(name)}`,
    ...(source === '' ? [] : [`    source: ${quoted(source)}`]),
    `    pattern: ${quoted(pattern)}`,
  ];
}

/** A plain name as it is, else between quotes, where only a quote means something. */
function quoted(text: string): string {
  const isPlain = /^[A-Za-z_]\w*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return isPlain ? text : `'${text.replaceAll(/[\r\n]+/g, ' ').replaceAll("'", "''")}'`;
}

/** The probe that a line of the file belongs to, counted from 1; undefined for none. */
export function probeAtLine(probes: readonly WrittenProbe[], line: number): number | undefined {
  let before = 1;
  for (const [index, probe] of probes.entries()) {
    before += linesOf(probe).length;
    if (line > 1 && line <= before) return index;
  }
  return undefined;
}

/** Words of the pattern that are no captures, `camera_open_took`; with a number where the name is taken. */
export function proposedName(pattern: string, taken: ReadonlySet<string>): string {
  const words = pattern
    .replaceAll(/\{[^}]*\}/g, ' ')
    .split(/[^A-Za-z]+/)
    .filter((word) => word.length > 1)
    .slice(0, NAME_WORDS_MAX);
  const name = words.join('_').toLowerCase().slice(0, NAME_CHARACTERS_MAX) || 'probe';
  // Every line is log:line already.
  const isTaken = (candidate: string): boolean => candidate === 'line' || taken.has(candidate);
  if (!isTaken(name)) return name;
  let number = 2;
  while (isTaken(`${name}_${number}`)) number += 1;
  return `${name}_${number}`;
}

const NAME_WORDS_MAX = 3;
const NAME_CHARACTERS_MAX = 40;
