import { Readable } from "node:stream";

const tarMagicAt = 257;
const blockBytes = 512;

/** gzip, bzip2, xz, zstd. */
const compressions = [
  [0x1f, 0x8b, 0x08],
  [0x42, 0x5a, 0x68],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
  [0x28, 0xb5, 0x2f, 0xfd],
];

/** Whether a stream begins as an archive, compressed or not; the stream answered still has its beginning. */
export async function headOf(stdin: Readable): Promise<{ isArchive: boolean; stream: Readable }> {
  const input = (stdin as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < blockBytes) {
    const next = await input.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  async function* whole() {
    yield head;
    for (let next = await input.next(); next.done !== true; next = await input.next()) yield next.value;
  }
  return { isArchive: isArchive(head), stream: Readable.from(whole(), { objectMode: false }) };
}

function isArchive(head: Buffer): boolean {
  if (compressions.some((magic) => magic.every((byte, index) => head[index] === byte))) return true;
  return head.subarray(tarMagicAt, tarMagicAt + 5).toString("latin1") === "ustar";
}
