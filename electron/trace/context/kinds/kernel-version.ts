/** /proc/version and `uname -a`. */
import type { ContextKind } from '../context.ts';

const VERSION = /^Linux version (\S+) /;
const UNAME = /^Linux \S+ (\d+\.\d+\S*) #\d.* (\S+)(?: GNU\/Linux| Android| Toybox)?\s*$/;
const MACHINE = /^(x86_64|i[3-6]86|aarch64|armv\d\w*|riscv64|riscv32|ppc64(le)?|s390x|mips\w*|loongarch64)$/;

export const kernelVersion: ContextKind = {
  name: 'kernel version',
  // A kernel log begins with the same words, and goes on.
  detect: ({ text }) =>
    text.trim().split('\n').length === 1 && (VERSION.test(text) || UNAME.test(text.trim())),
  read(_file, { text }, facts) {
    const [, release, machine] = VERSION.exec(text) ?? UNAME.exec(text.trim()) ?? [];
    facts.kernelRelease ??= release;
    if (machine !== undefined && MACHINE.test(machine)) facts.machine ??= machine;
    return `Linux ${release ?? ''}`;
  },
};
