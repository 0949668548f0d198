/** A tool's own arguments, as its user space reads them (argp): `-P`, `-p 185`, `-p185`, `-Pp185`, `--pid 185`, `--pid=185`. */
import type { ObjectSettings, SettingValue } from '../bpf/object/settings.ts';
import { Failure } from '../failure.ts';
import type { Tool } from './tool-table.ts';

/** Of a device's number, as the kernel keeps it. */
const MINOR_BITS = 20;

export interface ToolOptions {
  readonly settings: ObjectSettings;
  /** Options that were given. */
  readonly given: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
}

/** Throws Failure `usage` for an option that the tool's table does not know. */
export function readToolOptions(tool: Tool, args: readonly string[]): ToolOptions {
  const settings: Record<string, SettingValue> = { ...tool.settings };
  const values = new Map<string, string>();
  const given = new Set<string>();
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const { name, option, attached } = optionOf(tool, arg);
    if (option === undefined) {
      const known = Object.keys(tool.options).join(' ');
      const reason = `${tool.tool} ${arg}: of its options, ${known || 'none'} can be given here`;
      throw new Failure('usage', 'bad-option', reason);
    }
    const isFlag = option.takes === undefined && name !== '';
    let value = '';
    if (!isFlag) value = attached ?? rest.shift() ?? '';
    else if (attached !== undefined && arg.startsWith('--'))
      throw new Failure('usage', 'bad-option', `${tool.tool} ${arg}: it takes no value`);
    // What is attached to a flag of one letter is more of them: -Pm.
    else if (attached !== undefined) rest.unshift(`-${attached}`);
    if (!isFlag && value === '')
      throw new Failure('usage', 'bad-option', `${tool.tool} ${arg}: what is its value?`);
    if (option.takes === 'number' && !/^\d+$/.test(value))
      throw new Failure('usage', 'bad-option', `${tool.tool} ${name} ${value}: a number is meant`);
    if (option.takes === 'device') value = String(deviceNumber(tool, name, value));
    given.add(name);
    values.set(name, value);
    for (const [setting, to] of Object.entries(option.set)) settings[setting] = to === '$' ? value : to;
  }
  return { settings, given, values };
}

interface GivenOption {
  /** As the table has it; '' for an argument without an option. */
  readonly name: string;
  readonly option: Tool['argument'];
  /** What stands in the same word. */
  readonly attached: string | undefined;
}

function optionOf(tool: Tool, arg: string): GivenOption {
  if (!arg.startsWith('-')) return { name: '', option: tool.argument, attached: arg };
  if (!arg.startsWith('--')) {
    const [name, attached] = [arg.slice(0, 2), arg.slice(2)];
    return { name, option: tool.options[name], attached: attached === '' ? undefined : attached };
  }
  const [, long = '', attached] = /^--([^=]*)(?:=(.*))?$/s.exec(arg) ?? [];
  const found = Object.entries(tool.options).find(
    ([name, { long: own }]) => own === long || name === `--${long}`,
  );
  return { name: found?.[0] ?? arg, option: found?.[1], attached };
}

/** `253:0`: the recorded machine's names of devices are not known. */
function deviceNumber({ tool }: Tool, option: string, text: string): number {
  const [, major, minor] = /^(\d{1,4}):(\d{1,7})$/.exec(text) ?? [];
  if (major !== undefined && minor !== undefined) return Number(major) * 2 ** MINOR_BITS + Number(minor);
  throw new Failure('usage', 'bad-option', `${tool} ${option} ${text}: MAJOR:MINOR is meant, such as 253:0`);
}
