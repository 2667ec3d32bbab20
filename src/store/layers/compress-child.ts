import { writeSync } from "node:fs";
import { messageOf } from "../../base/errors.ts";
import type { LayerCompression } from "../../spec/layer-choice.ts";
import { compressMember, memberBytes } from "../archive/compressed-members.ts";
import { assembleTar, type LayerFiles } from "./tar-split.ts";

/** What the child is asked for: every `count`-th member of a layer's compressed form, from number `first` on. */
export interface CompressTask {
  files: LayerFiles;
  first: number;
  count: number;
  how: LayerCompression;
}

/** The child that compresses a layer: each member on its standard output, behind its length as a u32. */
export async function run([task = ""]: string[]): Promise<number> {
  try {
    const { files, first, count, how } = JSON.parse(task) as CompressTask;
    let number = 0;
    for (const content of assembleTar(files, { chunkBytes: memberBytes, reuse: true })) {
      if (number % count === first) writeMember(compressMember(content, how));
      number += 1;
    }
    return 0;
  } catch (error) {
    writeSync(2, messageOf(error));
    return 1;
  }
}

function writeMember(member: Uint8Array): void {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(member.length);
  for (const bytes of [length, member])
    for (let done = 0; done < bytes.length; ) done += writeSync(1, bytes, done);
}
