import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, it, type TestContext } from 'vitest';
import { openClassic } from '../../../electron/bpf/classic/open.ts';
import type { LinkedProgram } from '../../../electron/bpf/program.ts';
import { ENGINES } from '../vm/machine-fixture.ts';
import { capturePath, PacketBench, readCapture } from './packets.ts';

const expressions = [
  'ip',
  'ip6',
  'arp',
  'tcp',
  'udp',
  'icmp',
  'not udp',
  'port 7001',
  'port 7000 or port 7021',
  'src port 7001',
  'dst port 7003',
  'udp port 7001',
  'tcp port 80',
  'portrange 7000-7005',
  'src portrange 1790-1800',
  'host 131.151.1.59',
  'src host 131.151.1.146',
  'dst host 131.151.32.21',
  'net 131.151.32.0/24',
  'src net 131.151 and dst net 131.151.1',
  'ether host 00:60:08:9f:b1:f3',
  'ether src 00:e0:f9:cc:18:00',
  'ether dst 00:50:56:00:20:15',
  'ether broadcast',
  'ether multicast',
  'ip multicast',
  'less 100',
  'greater 500',
  'len = 86',
  'len > 100 and len < 300',
  'udp[8:4] & 0xff != 0',
  'udp[4:2] > 200',
  'ip[0] & 0xf > 5',
  'ip[6:2] & 0x1fff != 0',
  'ip[2:2] - 20 >= 100',
  'ip[8] * 2 > 100',
  'ip[2:2] / udp[4:2] >= 1',
  'ip[2:2] % 16 = 3',
  'ip[2:2] / (ip[1] + 0) > 1',
  'ip[2:2] << 3 > 1000',
  'ip[2:2] >> ip[9:1] = 0',
  'ether[ip[9] + 3] ^ 0x5a = 0x11',
  'ip[udp[5]] | 1 = 65',
  'ip proto 17 and not port 7001 and not port 7021',
  '(host 131.151.1.59 or host 131.151.1.146) and (port 7001 or port 7003) and greater 90',
  'ether[1000:4] != 0',
  'udp[600:2] > 7',
  'vlan and ip',
  'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0',
  'ip host 131.151.1.59 and udp and (udp[8:4] = 0x30000000 or udp[20] = 1)',
];

/** Both forms tcpdump prints, for packets of Ethernet. */
function filterText(form: '-dd' | '-ddd', expression: string): string {
  const printed = spawnSync('tcpdump', [form, '-y', 'EN10MB', expression], { encoding: 'utf8' });
  if (printed.status !== 0) throw new Error(`tcpdump ${form} '${expression}': ${printed.stderr}`);
  return printed.stdout;
}

/** Packets of the capture that tcpdump prints. */
function countByTcpdump(expression: string): number {
  const args = ['-r', capturePath, '-n', '-q', '-t', '-w', '-', expression];
  const written = spawnSync('tcpdump', args, { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 });
  if (written.status !== 0) throw new Error(`tcpdump '${expression}': ${written.stderr.toString()}`);
  let packets = 0;
  for (let at = 24; at < written.stdout.length; at += 16 + written.stdout.readUInt32LE(at + 8)) packets += 1;
  return packets;
}

function requireTcpdump(context: TestContext): void {
  if (spawnSync('tcpdump', ['--version']).status !== 0) context.skip('there is no tcpdump');
  if (!existsSync(capturePath)) context.skip('the capture is not there');
}

function programOf(form: '-dd' | '-ddd', expression: string): LinkedProgram {
  const program = openClassic(filterText(form, expression), expression).programs[0];
  if (program === undefined) throw new Error('an opened filter has a program');
  return program;
}

it('accepts as many packets of a capture as tcpdump does, on both engines', (context) => {
  requireTcpdump(context);
  const packets = readCapture(capturePath);
  const counted = expressions.map((expression) => {
    const program = programOf('-ddd', expression);
    const counts = ENGINES.map((engine) => {
      const bench = new PacketBench(program, engine);
      return packets.filter((packet) => bench.run(packet) !== 0).length;
    });
    return { expression, counts };
  });
  const expected = expressions.map((expression) => {
    const count = countByTcpdump(expression);
    return { expression, counts: [count, count] };
  });
  expect(counted).toEqual(expected);
  // Expressions that take all or nothing alone would prove little.
  const partial = expected.filter(({ counts }) => counts[0] !== 0 && counts[0] !== packets.length);
  expect(partial.length).toBeGreaterThan(25);
});

it('reads the C array of -dd as it reads the numbers of -ddd', (context) => {
  requireTcpdump(context);
  for (const expression of expressions) {
    expect(programOf('-dd', expression)).toEqual(programOf('-ddd', expression));
  }
});
