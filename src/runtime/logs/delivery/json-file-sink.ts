import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  fstatSync,
  ftruncateSync,
} from "node:fs";
import { openSync, renameSync, rmSync, writeSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { parseLogFileOptions, type LogFileOptions } from "../../../spec/log-opt.ts";
import type { LogMessage, LogSink, LogTarget, SinkMark } from "./log-sink.ts";

/** Docker's `json-file`: one object a line, in files of about `max-size`, the older ones as `.1`, `.2`, … */
export function openJsonFile(target: LogTarget, mark?: SinkMark): LogSink {
  return new JsonFile(target, parseLogFileOptions("json-file", target.options), mark);
}

class JsonFile implements LogSink {
  readonly #path: string;
  readonly #options: LogFileOptions;
  readonly #attributes: string;
  #fd: number;
  #sizeBytes: number;

  constructor({ path, attributes }: LogTarget, options: LogFileOptions, mark: SinkMark | undefined) {
    this.#path = path;
    this.#options = options;
    this.#attributes = attributesPart(attributes);
    this.#fd = openSync(path, "a", 0o640);
    const { ino, size } = fstatSync(this.#fd);
    // What was written after the mark will be written again.
    const repeated = mark !== undefined && mark["inode"] === ino && size > (mark["sizeBytes"] ?? size);
    if (repeated) ftruncateSync(this.#fd, mark["sizeBytes"]);
    this.#sizeBytes = fstatSync(this.#fd).size;
  }

  async send(messages: LogMessage[]): Promise<void> {
    const { maxSizeBytes = Number.POSITIVE_INFINITY } = this.#options;
    let text = "";
    for (const message of messages) {
      if (this.#sizeBytes >= maxSizeBytes) {
        this.#write(text);
        text = "";
        await this.#rotate();
      }
      const entry = jsonEntry(message, this.#attributes);
      this.#sizeBytes += Buffer.byteLength(entry);
      text += entry;
    }
    this.#write(text);
  }

  mark(): SinkMark {
    return { inode: fstatSync(this.#fd).ino, sizeBytes: this.#sizeBytes };
  }

  close(): void {
    closeSync(this.#fd);
  }

  #write(text: string): void {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    // Others may have cut the file short (`truncate`, logrotate).
    this.#sizeBytes = fstatSync(this.#fd).size;
  }

  async #rotate(): Promise<void> {
    closeSync(this.#fd);
    const { maxFiles, compress } = this.#options;
    for (let number = maxFiles - 1; number > 0; number -= 1) this.#shift(number, maxFiles);
    if (maxFiles > 1) renameSync(this.#path, `${this.#path}.1`);
    this.#fd = openSync(this.#path, maxFiles > 1 ? "a" : "w", 0o640);
    this.#sizeBytes = 0;
    if (compress && maxFiles > 1) await gzip(`${this.#path}.1`);
  }

  /** Makes room for what comes after an old file; the oldest goes. */
  #shift(number: number, maxFiles: number): void {
    for (const end of ["", ".gz"]) {
      const path = `${this.#path}.${number}${end}`;
      if (!existsSync(path)) continue;
      if (number === maxFiles - 1) rmSync(path);
      else renameSync(path, `${this.#path}.${number + 1}${end}`);
    }
  }
}

async function gzip(path: string): Promise<void> {
  const unfinished = `${path}.gz.tmp`;
  await pipeline(createReadStream(path), createGzip(), createWriteStream(unfinished, { mode: 0o640 }));
  renameSync(unfinished, `${path}.gz`);
  rmSync(path, { force: true });
}

/** As dockerd orders and escapes them. */
function jsonEntry({ stream, time, line, partial }: LogMessage, attributes: string): string {
  return `{"log":"${escaped(line)}${partial ? "" : "\\n"}","stream":"${stream}",${attributes}"time":"${shortTime(time)}"}\n`;
}

function attributesPart(attributes: Record<string, string>): string {
  const sorted = Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (sorted.length === 0) return "";
  return `"attrs":${JSON.stringify(Object.fromEntries(sorted)).replace(/[<>&\u2028\u2029]/g, unicodeEscape)},`;
}

const special = /["\\<>&\u0000-\u001f\u2028\u2029\ufffd]/;

function escaped(line: Buffer): string {
  const text = line.toString("utf8");
  return special.test(text) ? text.replace(new RegExp(special, "g"), escape) : text;
}

const shortEscapes: Record<string, string> = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r" };

function escape(character: string): string {
  return shortEscapes[character] ?? unicodeEscape(character);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Go leaves out zeros at the end of a fraction. */
function shortTime(time: string): string {
  return time.replace(/\.?0*Z$/, "Z");
}
