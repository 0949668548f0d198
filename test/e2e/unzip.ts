/** One member of a zip, whole: by the library, not by our own reader. */
import yauzl from 'yauzl';

export function unzip(path: string, name: string): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  yauzl.open(path, { lazyEntries: true }, (error, zip) => {
    if (error) return reject(error);
    zip.on('error', reject);
    zip.on('end', () => reject(new Error(`${path} holds no ${name}`)));
    zip.on('entry', (entry: yauzl.Entry) => {
      if (entry.fileName !== name) return zip.readEntry();
      zip.openReadStream(entry, async (failure, stream) => {
        if (failure) return reject(failure);
        const parts: Buffer[] = [];
        for await (const part of stream) parts.push(part as Buffer);
        zip.close();
        resolve(Buffer.concat(parts));
      });
    });
    zip.readEntry();
  });
  return promise;
}
