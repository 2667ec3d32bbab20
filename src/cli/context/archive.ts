// Exported contexts: a tar (or zip, on import) of meta.json and tls/ENDPOINT/FILE.
import { inflateRawSync } from "node:zlib";
import { CommandError } from "../command.ts";
import { type ContextMeta, ordered, type TlsMaterial } from "./store.ts";

const blockBytes = 512;
const largestImportBytes = 10 << 20;

export function exportContext(meta: ContextMeta, tls: TlsMaterial): Buffer {
  const parts = [
    ...tarFile("meta.json", Buffer.from(JSON.stringify(ordered(meta))), 0o644),
    tarHeader("tls", 0, 0o700, "5"),
  ];
  for (const [endpoint, files] of Object.entries(tls)) {
    parts.push(tarHeader(`tls/${endpoint}`, 0, 0o700, "5"));
    for (const [name, data] of Object.entries(files))
      parts.push(...tarFile(`tls/${endpoint}/${name}`, data, 0o600));
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * blockBytes)]);
}

export interface ImportedContext {
  meta: ContextMeta;
  tls: TlsMaterial;
}

/** Throws docker's words for an archive that is no context. */
export function importContext(name: string, data: Buffer): ImportedContext {
  if (data.length > largestImportBytes) throw new CommandError("read exceeds the defined limit");
  const files = data.subarray(0, 4).equals(Buffer.from("PK\u0003\u0004")) ? zipFiles(data) : tarFiles(data);
  let meta: ContextMeta | undefined;
  const tls: TlsMaterial = {};
  for (const [path, content] of files) {
    checkPath(path);
    if (path === "meta.json") {
      const read = JSON.parse(content.toString("utf8")) as Partial<ContextMeta>;
      meta = ordered({ ...read, Name: name });
      continue;
    }
    const [, endpoint = "", file] = /^tls\/([^/]+)\/(.+)$/.exec(path) ?? [];
    if (file === undefined || file.includes("/")) throw new CommandError("archive format is invalid");
    tls[endpoint] = { ...tls[endpoint], [file]: content };
  }
  if (meta === undefined) throw new CommandError("invalid context: no metadata found");
  return { meta, tls };
}

/** Only what a context holds, and nothing that leaves its directory. */
function checkPath(path: string): void {
  const problem =
    path !== "meta.json" && !path.startsWith("tls/")
      ? "unexpected context file"
      : path.split("/").some((part) => part === "" || part === "." || part === "..")
        ? "unexpected path format"
        : path.includes("\\")
          ? "unexpected '\\' in path"
          : undefined;
  if (problem !== undefined) throw new CommandError(`${path}: ${problem}`);
}

function tarFile(name: string, data: Buffer, mode: number): Buffer[] {
  const padding = Buffer.alloc((blockBytes - (data.length % blockBytes)) % blockBytes);
  return [tarHeader(name, data.length, mode, "0"), data, padding];
}

/** A ustar header; owner root, time zero. */
function tarHeader(name: string, size: number, mode: number, type: string): Buffer {
  const header = Buffer.alloc(blockBytes);
  const octal = (value: number, at: number, length: number): number =>
    header.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at);
  header.write(name, 0, 100);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  header.write("        ", 148);
  header.write(type, 156);
  header.write("ustar\u000000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

function* tarFiles(data: Buffer): Iterable<[string, Buffer]> {
  for (let at = 0; at < data.length; ) {
    const header = data.subarray(at, at + blockBytes);
    if (header.length < blockBytes) throw new CommandError("unexpected EOF");
    if (header.every((byte) => byte === 0)) return;
    const text = (from: number, to: number): string =>
      header.toString("utf8", from, to).replace(/\0.*$/s, "");
    const size = Number.parseInt(text(124, 136).trim() || "0", 8);
    const type = text(156, 157);
    const prefix = text(257, 262) === "ustar" ? text(345, 500) : "";
    const start = at + blockBytes;
    if (Number.isNaN(size)) throw new CommandError("archive/tar: invalid tar header");
    if (start + size > data.length) throw new CommandError("unexpected EOF");
    if (type === "0" || type === "")
      yield [prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`, data.subarray(start, start + size)];
    at = start + Math.ceil(size / blockBytes) * blockBytes;
  }
}

const centralEntry = 0x02014b50;
const directoryEnd = 0x06054b50;

/** Walks the central directory; stored and deflated files are all that context archives have. */
function* zipFiles(data: Buffer): Iterable<[string, Buffer]> {
  const end = data.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || data.readUInt32LE(end) !== directoryEnd) throw new CommandError("zip: not a valid zip file");
  let at = data.readUInt32LE(end + 16);
  for (let left = data.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (data.readUInt32LE(at) !== centralEntry) throw new CommandError("zip: not a valid zip file");
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => data.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    const name = data.toString("utf8", at + 46, at + 46 + nameLength);
    if (!name.endsWith("/")) yield [name, zipContent(data, at)];
    at += 46 + nameLength + extra + comment;
  }
}

function zipContent(data: Buffer, entry: number): Buffer {
  const [method, size, local] = [
    data.readUInt16LE(entry + 10),
    data.readUInt32LE(entry + 20),
    data.readUInt32LE(entry + 42),
  ];
  const start = local + 30 + data.readUInt16LE(local + 26) + data.readUInt16LE(local + 28);
  const content = data.subarray(start, start + size);
  if (method === 0) return content;
  if (method !== 8) throw new CommandError("zip: unsupported compression algorithm");
  return inflateRawSync(content, { maxOutputLength: largestImportBytes });
}
