/** A tool's own arguments, as its user space reads them: `-P`, `-p 185`, `-p185`, `--pid=185` is not taken. */
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
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    const name = arg.startsWith('-') ? arg.slice(0, 2) : '';
    const option = name === '' ? tool.argument : tool.options[name];
    if (option === undefined) {
      const known = Object.keys(tool.options).join(' ');
      const reason = `${tool.tool} ${arg}: of its options, ${known || 'none'} can be given here`;
      throw new Failure('usage', 'bad-option', reason);
    }
    let value = name === '' ? arg : arg.slice(2);
    if (name !== '' && option.takes !== undefined && value === '') value = args[(at += 1)] ?? '';
    if ((option.takes === undefined && value !== '') || (option.takes !== undefined && value === ''))
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

/** `253:0`: the recorded machine's names of devices are not known. */
function deviceNumber({ tool }: Tool, option: string, text: string): number {
  const [, major, minor] = /^(\d{1,4}):(\d{1,7})$/.exec(text) ?? [];
  if (major !== undefined && minor !== undefined) return Number(major) * 2 ** MINOR_BITS + Number(minor);
  throw new Failure('usage', 'bad-option', `${tool} ${option} ${text}: MAJOR:MINOR is meant, such as 253:0`);
}
