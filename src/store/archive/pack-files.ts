import { type BigIntStats, closeSync, openSync, readSync } from "node:fs";
import { Readable } from "node:stream";
import { tarEntry } from "./tar-entry.ts";
import { encodeTarHeader, tarEnd, tarPadding } from "./tar-writer.ts";

/** One thing to pack: what `lstat` says of it, and for a link where it leads. */
export interface PackedFile {
  /** Relative to the root, and the name in the archive. */
  path: string;
  stats: BigIntStats;
  target?: string;
}

/** A file that is nowhere but in the archive. */
export interface AddedFile {
  name: string;
  content: string;
}

const chunkBytes = 1 << 20;

/** A tar of the named files below `root`, in their order, and of the added ones. Everything in it is root's. */
export function packFiles(root: string, files: readonly PackedFile[], added: readonly AddedFile[]): Readable {
  function* bytes(): Generator<Buffer> {
    for (const file of files) yield* packed(root, file);
    for (const { name, content } of added) {
      const text = Buffer.from(content);
      yield Buffer.concat([
        encodeTarHeader(tarEntry({ name, sizeBytes: text.length })),
        text,
        tarPadding(text.length),
      ]);
    }
    yield tarEnd();
  }
  return Readable.from(bytes(), { objectMode: false });
}

function* packed(root: string, { path, stats, target }: PackedFile): Generator<Buffer> {
  const modified = {
    seconds: Number(stats.mtimeNs / 1_000_000_000n),
    nanoseconds: Number(stats.mtimeNs % 1_000_000_000n),
  };
  const common = { name: path, mode: Number(stats.mode) & 0o7777, modified };
  if (target !== undefined)
    yield encodeTarHeader(tarEntry({ ...common, type: "symlink", linkName: Buffer.from(target) }));
  else if (stats.isDirectory())
    yield encodeTarHeader(tarEntry({ ...common, name: `${path}/`, type: "directory" }));
  else if (stats.isFile()) {
    const sizeBytes = Number(stats.size);
    yield encodeTarHeader(tarEntry({ ...common, sizeBytes }));
    yield* content(`${root}/${path}`, sizeBytes);
    yield tarPadding(sizeBytes);
  }
}

/** Exactly so many bytes as the header says: a file that shrank meanwhile ends in zeros. */
function* content(path: string, sizeBytes: number): Generator<Buffer> {
  const descriptor = openSync(path, "r");
  try {
    for (let left = sizeBytes; left > 0; ) {
      const piece = Buffer.alloc(Math.min(left, chunkBytes));
      const size = readSync(descriptor, piece);
      const taken = size === 0 ? piece.length : size;
      left -= taken;
      yield piece.subarray(0, taken);
    }
  } finally {
    closeSync(descriptor);
  }
}
