/** A tool's own arguments, as its user space reads them: `-P`, `-p 185`, `-p185`, `--pid=185` is not taken. */
import type { ObjectSettings, SettingValue } from '../bpf/object/settings.ts';
import { Failure } from '../failure.ts';
import type { Tool } from './tool-table.ts';

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
    given.add(name);
    values.set(name, value);
    for (const [setting, to] of Object.entries(option.set)) settings[setting] = to === '$' ? value : to;
  }
  return { settings, given, values };
}
