/** What `perf script --header` prints first, each line behind a `#`. */

export interface HeaderFacts {
  kernelRelease: string | undefined;
  machine: string | undefined;
  cpuCount: number;
  hasEvents: boolean;
  hasClockId: boolean;
}

export function emptyHeader(): HeaderFacts {
  return {
    kernelRelease: undefined,
    machine: undefined,
    cpuCount: 0,
    hasEvents: false,
    hasClockId: false,
  };
}

export function readHeaderLine(facts: HeaderFacts, line: string): void {
  const match = /^# ([a-z ]+?) ?: (.*)$/.exec(line);
  if (match === null) return;
  const [, key = '', value = ''] = match;
  switch (key) {
    case 'os release':
      facts.kernelRelease = value.trim();
      return;
    case 'arch':
      facts.machine = value.trim();
      return;
    case 'nrcpus avail':
      facts.cpuCount = Math.min(8_192, Number(value) || 0);
      return;
    case 'event':
      facts.hasEvents = true;
      facts.hasClockId ||= value.includes('use_clockid = 1');
      return;
  }
}
