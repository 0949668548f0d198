/** Archives and what packs a file by itself: every member's bytes are read. */
import { execFileSync } from 'node:child_process';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Archive } from '../../../electron/trace/bundle/archives/archive.ts';
import { bugreport } from '../../../electron/trace/bundle/archives/bugreport.ts';
import { tar } from '../../../electron/trace/bundle/archives/tar.ts';
import { zip } from '../../../electron/trace/bundle/archives/zip.ts';
import { MemoryBytes } from '../../../electron/trace/bundle/byte-source.ts';
import type { Compression } from '../../../electron/trace/bundle/compressed/compression.ts';
import { gzip } from '../../../electron/trace/bundle/compressed/gzip.ts';
import { xz } from '../../../electron/trace/bundle/compressed/xz.ts';
import { zstd } from '../../../electron/trace/bundle/compressed/zstd.ts';
import { HEAD_BYTES } from '../../../electron/trace/bundle/limits.ts';
import { Unpacker } from '../../../electron/trace/bundle/unpacker.ts';
import { Failure } from '../../../electron/failure.ts';
import { makeZip } from '../../trace/bundle/make-zip.ts';
import type { Target } from '../target.ts';

const layers = new Set(['trace', 'bundle']);
const TEXT = Buffer.from(
  Array.from({ length: 400 }, (_, index) => `${index} worker-${index % 7}\n`).join(''),
);
/** TEXT as `xz -T1 --block-size=3000` packs it: Node packs none. */
const XZ =
  '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4Au3AaJdABgIC2c6C0kWOvNrbAMideMbToXMUx1XwFxpfGXh0DWLnb4E5Qwds0Bvpsnsg1K4fpy4z3iODP/tB5ZhcrV/1U4SKTGKQCgrQZUgLeob5b1DZlzGqYlDOeXw5V3LVOEqY3HTPajNuKqVKYk7mtAKJdkwV81IegEChWU02RaJjNqCJpK2gMkliRbgYWztPX+vtHKzBZbSC27GuRdVkkzvX+GmpYKtJYr1HKtU/ddV/dxsMLm3+Wjh8IK0R17YwGyZeEMxL08Wf5i48n635ynY4V9OoIIN2HIuxQ1rHNkg0raztoNvUIeGMhgNxY4kT76G3zTuUb5eZYq3C9RwZenTR7cT/ct+NWEiK2edamstI4kq/1e9NGXRmKIZo7u68J1jsRSBNjR0G0V3XiE5Zus3waw7jq9nPjMoneBezEkhhXdoHEPIaYG0vp4w2xb01BUdrbVxgngsZur3z/QMY+tDrRAPT8wOK+4oifvMlUtiq/bp8go9NCs8mKiYaT1CVg+WVixLBFNrGOqUEQLI930TaYC7jyJNVO95oEMJ+lXx28tmZmAAAADleNeo+yPirAIAIQEWAAAAdC/lo+AIKQElXQAQHcnnVcsnXNcN8gr5arZKb7hWQ4l7Le9TwaCP2+QMJRhaQgqCxTDFW3XGYxiy/3tuRelFNpnlK0SUeap1CqjlxsgSaO4KGsmCwC0FF1HMzalhPxYJq8A+8OAeGwNcgI+5LYCLFXV1o59Wz+av9SXgXyb6iqjQV4KV5BJrdSugQMuLiL2PP1iUXbh4OJtt5l8DedBlugcopDLyVWDRFhngUW9b8sFDe+oi56BRcDiTw4nMKjIZ4kP/7Zh8rDIG97swASzodw3A5HtymnASFVOJgNy2AH1zHGz+uf391jwuLICttWSmKYV/C1gtm97CFZxxRHRp2XZs5gpdcqY2ERufT/Dm0E+xY2IwFCUw6wejr06G7izVx959x94jWUT+4v/GySGSyAAAAACqIshZ7CAPfgACvgO4F8ECqhAAANNT5bMUFzswAwAAAAAEWVo=';

function archiveTarget(archive: Archive, samples: () => readonly Uint8Array[]): Target {
  return {
    name: archive.name.replace(' ', '-'),
    layers,
    samples,
    async run(bytes) {
      if (!archive.detect(bytes.subarray(0, HEAD_BYTES)))
        throw new Failure('bundle', 'not-a-bundle', 'it is taken for no archive', { file: 'damaged' });
      const unpacker = new Unpacker(() => {
        throw new Error('an input this small fills no file');
      }, undefined);
      const file = new MemoryBytes(bytes, 'damaged');
      const { members, close } = await archive.list(file, '', unpacker);
      let refusal: unknown;
      for (const member of members) {
        try {
          await member.head();
          const opened = await member.open();
          opened.read(0, opened.sizeBytes);
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          refusal ??= error;
        }
      }
      close();
      if (refusal !== undefined) throw refusal;
    },
  };
}

function compressionTarget(compression: Compression, samples: () => readonly Uint8Array[]): Target {
  return {
    name: compression.name,
    layers,
    samples,
    async run(bytes) {
      const unpacker = new Unpacker(() => {
        throw new Error('an input this small fills no file');
      }, undefined);
      const pieces = compression.pieces(new MemoryBytes(bytes, 'damaged'));
      await unpacker.unpack(pieces, 'damaged', bytes.length);
    },
  };
}

/** One of each format that tar writes. */
function tars(): Uint8Array[] {
  return ['v7', 'ustar', 'gnu', 'pax'].map((format) =>
    execFileSync('tar', ['-c', `--format=${format}`, 'test/fuzz', 'test/README.md'], { maxBuffer: 1 << 24 }),
  );
}

const REPORT = `${'='.repeat(56)}\n== dumpstate: 2024-05-21 10:19:53\n${'='.repeat(56)}\n
------ KERNEL LOG (dmesg) ------\n${TEXT.toString().slice(0, 90)}------ 0.1s was the duration of 'KERNEL LOG' ------\n`;

export const archiveTargets: readonly Target[] = [
  archiveTarget(zip, () => [
    makeZip([
      { name: 'a', bytes: TEXT },
      { name: 'b/c', bytes: TEXT, isStored: true },
    ]),
  ]),
  archiveTarget(tar, tars),
  archiveTarget(bugreport, () => [Buffer.from(REPORT)]),
  compressionTarget(gzip, () => [gzipSync(TEXT), Buffer.concat([gzipSync('a'), gzipSync(TEXT)])]),
  compressionTarget(zstd, () => [
    zstdCompressSync(TEXT),
    Buffer.concat([zstdCompressSync('a'), zstdCompressSync(TEXT)]),
  ]),
  compressionTarget(xz, () => [Buffer.from(XZ, 'base64')]),
];
