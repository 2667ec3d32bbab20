import { createReadStream } from "node:fs";
import { tarEntry } from "../store/archive/tar-entry.ts";
import { encodeTarHeader, tarEnd, tarPadding } from "../store/archive/tar-writer.ts";
import type { Layer } from "../store/layers/layer-store.ts";
import type { ImageRoom } from "./image-room.ts";

/** What a file of an archive holds: bytes in memory, a layer's tar that is made when its turn comes, or a file. */
export type MemberContent = { bytes: Buffer } | { layer: Layer } | { path: string; sizeBytes: number };

/** A file of an archive; without a time it is the epoch's. */
export type ArchiveMember = MemberContent & { modifiedSeconds?: number };

/** The tar of an image archive, its files sorted by name. */
export async function* archiveBytes(
  room: ImageRoom,
  members: ReadonlyMap<string, ArchiveMember>,
): AsyncGenerator<Buffer> {
  yield directoryHeader("blobs/");
  yield directoryHeader("blobs/sha256/");
  for (const name of [...members.keys()].sort()) {
    const member = members.get(name) as ArchiveMember;
    const sizeBytes = sizeOf(member);
    const modified = { seconds: member.modifiedSeconds ?? 0, nanoseconds: 0 };
    yield encodeTarHeader(tarEntry({ name, sizeBytes, modified }));
    yield* contentOf(room, member);
    yield tarPadding(sizeBytes);
  }
  yield tarEnd();
}

function sizeOf(member: MemberContent): number {
  if ("bytes" in member) return member.bytes.length;
  return "layer" in member ? member.layer.tarBytes : member.sizeBytes;
}

async function* contentOf(room: ImageRoom, member: MemberContent): AsyncGenerator<Buffer> {
  if ("bytes" in member) yield member.bytes;
  else {
    const source = "layer" in member ? room.layers.tar(member.layer.chainId) : createReadStream(member.path);
    for await (const chunk of source) yield chunk as Buffer;
  }
}

function directoryHeader(name: string): Buffer {
  return encodeTarHeader(tarEntry({ name, type: "directory" }));
}
