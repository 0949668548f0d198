import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type TestContext } from 'vitest';
import { folder } from '../../trace/bundle/on-disk.ts';
import { numbersIn, replayOn, traceText } from './on-bundle.ts';

/** Reads `size` bytes at a place of the context that nothing relocates, and sums them up. */
function rawRead(context: TestContext, section: string, place: number, type: string): string {
  const source = join(folder(), 'raw.c');
  const object = source.replace('.c', '.o');
  writeFileSync(
    source,
    `#define SEC(name) __attribute__((section(name), used))
    typedef unsigned long long u64;
    typedef unsigned int u32;
    struct { int (*type)[2]; int (*max_entries)[1]; u32 *key; u64 *value; } sums SEC(".maps");
    static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
    SEC("${section}") int raw(char *ctx)
    {
      u32 key = 0;
      u64 *sum = bpf_map_lookup_elem(&sums, &key);
      if (sum)
        *sum += *(${type} *)(ctx + ${place});
      return 0;
    }
    char _license[] SEC("license") = "GPL";`,
  );
  const built = spawnSync('clang-19', ['-O2', '-g', '-target', 'bpf', '-c', source, '-o', object], {
    encoding: 'utf8',
  });
  if (built.error !== undefined) context.skip('clang-19 is not installed');
  expect(built.stderr).toBe('');
  return object;
}

const STRACE = [
  '100 1700000000.100000 openat(AT_FDCWD, "/etc/hosts", O_RDONLY) = 3 <0.000010>',
  '100 1700000000.200000 openat(AT_FDCWD, "/tmp/x", O_RDWR|O_FROM_THE_FUTURE) = 4 <0.000010>',
  '',
].join('\n');
const OPENAT = 'tracepoint/syscalls/sys_enter_openat';
/** args[0] to args[3]: dfd, filename, flags, mode. */
const ARGUMENTS_AT = 16;

test('an argument that strace did not print as a number is refused, not zero, by its place too', async (context) => {
  const flags = rawRead(context, OPENAT, ARGUMENTS_AT + 16, 'u64');
  await expect(replayOn(flags, { 'app.strace': STRACE })).rejects.toMatchObject({
    code: 'field-not-recorded',
    reason: 'raw reads bytes 32 to 39 of syscalls:sys_enter_openat, which app.strace does not tell',
  });
});

test('an argument that it did print is read', async (context) => {
  const directory = rawRead(context, OPENAT, ARGUMENTS_AT, 'int');
  expect(numbersIn(await replayOn(directory, { 'app.strace': STRACE }), 'sums')[0]).toBe(-200n);
});

const KMALLOC = traceText([
  [
    7,
    'kmalloc: call_site=load_elf_phdrs+0x4f/0xb0 ptr=00000000deadbeef bytes_req=616 bytes_alloc=1024 gfp_flags=GFP_KERNEL node=-1 accounted=false',
  ],
]);

test("a field that ftrace's text prints as something else is refused, and one it prints is read", async (context) => {
  const place = rawRead(context, 'tracepoint/kmem/kmalloc', 8, 'u64');
  await expect(replayOn(place, { 'trace.txt': KMALLOC })).rejects.toMatchObject({
    code: 'field-not-recorded',
    reason: 'raw reads bytes 8 to 15 of kmem:kmalloc, which trace.txt does not tell',
  });
  const size = rawRead(context, 'tracepoint/kmem/kmalloc', 24, 'u64');
  expect(numbersIn(await replayOn(size, { 'trace.txt': KMALLOC }), 'sums')[0]).toBe(616n);
});
