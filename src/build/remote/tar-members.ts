import { blockBytes, paddingAfter } from "../../store/archive/tar-entry.ts";

/** The bytes of a tar without its end, so that another one may follow. */
export async function* tarMembers(tar: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  /** What is left of a member's content and padding. */
  let open = 0;
  for await (const chunk of tar) {
    let rest = Buffer.concat([head, chunk]);
    while (rest.length > 0 && (open > 0 || rest.length >= blockBytes)) {
      if (open === 0) {
        const header = rest.subarray(0, blockBytes);
        // What follows are zeros alone; they are read, or who sends them would be stuck.
        if (header.every((byte) => byte === 0)) {
          rest = Buffer.alloc(0);
          break;
        }
        open = blockBytes + memberBytes(header);
      }
      const part = rest.subarray(0, open);
      yield part;
      open -= part.length;
      rest = rest.subarray(part.length);
    }
    head = rest;
  }
}

/** git writes sizes as octal digits; larger ones stand in an extended header, which it writes for none below 8 GiB. */
function memberBytes(header: Buffer): number {
  const size = Number.parseInt(header.subarray(124, 136).toString("latin1"), 8) || 0;
  return size + paddingAfter(size);
}
