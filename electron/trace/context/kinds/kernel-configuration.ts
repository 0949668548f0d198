/** /boot/config-RELEASE, /proc/config.gz: what the kernel was built with. */
import type { ContextKind } from '../context.ts';
import { counted, textOf, wholeLines } from '../text.ts';

const OPTION = /^(CONFIG_\w+)=(.*)$/;
const HEADING = /^# Linux\/(\S+) (\S+) Kernel Configuration$/m;

export const kernelConfiguration: ContextKind = {
  name: 'kernel configuration',
  detect({ text }) {
    const lines = wholeLines(text).slice(0, 40);
    const options = lines.filter((line) => OPTION.test(line)).length;
    return options > 0 && lines.every((line) => line.startsWith('#') || OPTION.test(line));
  },
  read(file, _head, facts) {
    const text = textOf(file);
    let options = 0;
    for (const line of text.split('\n')) {
      const [, name, value] = OPTION.exec(line.trimEnd()) ?? [];
      if (name === undefined || value === undefined) continue;
      options += 1;
      if (!facts.configuration.has(name)) facts.configuration.set(name, value);
    }
    const release = HEADING.exec(text)?.[2];
    return `${counted(options, 'option')}${release === undefined ? '' : ` of Linux ${release}`}`;
  },
};
