/** `--set NAME=VALUE`, `--attach PROGRAM=TARGET`: what a tool's user space would set before load. */
import { Failure } from '../failure.ts';

/** Throws Failure `usage` where a setting is no name and number. */
export function readSettings(texts: readonly string[] = []): Record<string, bigint> {
  return Object.fromEntries(texts.map(readSetting));
}

function readSetting(text: string): [string, bigint] {
  const [, name, value] = /^([A-Za-z_]\w*)=(.+)$/.exec(text) ?? [];
  const number = value === undefined ? undefined : readNumber(value);
  if (name === undefined || number === undefined) {
    throw new Failure('usage', 'bad-option', `--set ${text}: NAME=NUMBER, NAME=true or NAME=false is meant`);
  }
  return [name, number];
}

function readNumber(text: string): bigint | undefined {
  if (text === 'true') return 1n;
  if (text === 'false') return 0n;
  const [, sign, digits] = /^(-?)(\d+|0x[0-9a-fA-F]+)$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  return sign === '-' ? -BigInt(digits) : BigInt(digits);
}

/** Throws Failure `usage` where one is no program and target. */
export function readAttachTargets(texts: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    texts.map((text): [string, string] => {
      const [, program, target] = /^(\w+)=(.+)$/.exec(text) ?? [];
      if (program !== undefined && target !== undefined) return [program, target];
      throw new Failure('usage', 'bad-option', `--attach ${text}: PROGRAM=TARGET is meant`);
    }),
  );
}
