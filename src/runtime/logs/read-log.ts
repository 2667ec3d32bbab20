import type { Timestamp } from "../../spec/timestamp.ts";
import type { OutputChunk } from "../runtime-service.ts";
import { later, placeOfTail, placeOfTime } from "./find-place.ts";
import { LogCursor } from "./log-cursor.ts";
import { LogDirectory } from "./log-directory.ts";
import { compareTime, type LogRecord, logTime, parseRecord, recordEnd, recordTime } from "./log-record.ts";

export interface LogQuery {
  stdout: boolean;
  stderr: boolean;
  /** Undefined for no bound. */
  since?: Timestamp;
  until?: Timestamp;
  /** How many lines from the end; Infinity for all. */
  tail: number;
  /** Puts the time before each line. */
  timestamps: boolean;
  /** Put before each line, behind the time. */
  details?: string;
  /** Goes on with what comes, until `ended` settles (the container has stopped) or `signal` aborts. */
  follow: boolean;
  ended: Promise<unknown>;
  signal: AbortSignal;
}

/** Room for the output of one block; a chunk is handed out once it is this full. */
const chunkBytes = 64 * 1024;

/**
 * Output that conmon kept, byte for byte, in the order it came, from the log in a directory. A log that was never
 * written is empty.
 */
export async function* readLog(directory: string, query: LogQuery): AsyncGenerator<OutputChunk> {
  const log = new LogDirectory(directory);
  const segments = log.segments();
  if (segments.length === 0) return;
  const since = query.since === undefined ? undefined : logTime(query.since);
  const tail = placeOfTail(segments, query.tail);
  using cursor = new LogCursor(log, since === undefined ? tail : later(tail, placeOfTime(segments, since)));
  const assembler = new Assembler(query, since);
  do {
    for (const block of cursor.blocks()) {
      yield* assembler.add(block);
      if (query.signal.aborted) return;
      if (assembler.past) break;
    }
    yield* assembler.flush();
  } while (query.follow && !assembler.past && (await cursor.grown(query)));
}

/** Blocks of a log into chunks of output. */
class Assembler {
  /** A line later than `until` was met: nothing more will be wanted. */
  past = false;
  readonly #query: LogQuery;
  readonly #since: Buffer | undefined;
  readonly #until: Buffer | undefined;
  readonly #details: string;
  readonly #prefixBytes: number;
  /** The beginning of a record whose end was not written yet. */
  #rest: Buffer = Buffer.alloc(0);
  /** Streams that stand in the middle of a line. */
  readonly #open = new Set<string>();
  #chunk: Buffer = Buffer.allocUnsafe(chunkBytes);
  #bytes = 0;
  #stream: OutputChunk["stream"] = "stdout";

  constructor(query: LogQuery, since: Buffer | undefined) {
    this.#query = query;
    this.#since = since;
    this.#until = query.until === undefined ? undefined : logTime(query.until);
    this.#details = query.details === undefined ? "" : `${query.details} `;
    this.#prefixBytes = (query.timestamps ? maxTimeBytes : 0) + Buffer.byteLength(this.#details);
  }

  *add(data: Buffer): Generator<OutputChunk> {
    const block = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]);
    let start = 0;
    for (let end = recordEnd(block, start); end >= 0; end = recordEnd(block, start)) {
      const record = parseRecord(block, start, end);
      if (record !== undefined && this.#wants(record, block, start)) {
        if (record.stream !== this.#stream || !this.#hasRoom(record)) yield* this.flush();
        this.#append(record, block, start);
      }
      if (this.past) return;
      start = end;
    }
    this.#rest = block.subarray(start);
  }

  *flush(): Generator<OutputChunk> {
    if (this.#bytes === 0) return;
    yield { stream: this.#stream, data: this.#chunk.subarray(0, this.#bytes) };
    this.#chunk = Buffer.allocUnsafe(chunkBytes);
    this.#bytes = 0;
  }

  #wants({ stream }: LogRecord, block: Buffer, start: number): boolean {
    if (stream === "stdout" ? !this.#query.stdout : !this.#query.stderr) return false;
    if (this.#until !== undefined && compareTime(block, start, this.#until) > 0) {
      this.past = true;
      return false;
    }
    return this.#since === undefined || compareTime(block, start, this.#since) >= 0;
  }

  #hasRoom({ contentStart, contentEnd }: LogRecord): boolean {
    return this.#bytes + contentEnd - contentStart + this.#prefixBytes <= this.#chunk.length;
  }

  #append(record: LogRecord, block: Buffer, start: number): void {
    const { stream, contentStart, contentEnd, endsLine } = record;
    // conmon's records are smaller than a chunk; should one not be, this chunk is larger.
    if (!this.#hasRoom(record))
      this.#chunk = Buffer.allocUnsafe(contentEnd - contentStart + this.#prefixBytes);
    this.#stream = stream;
    if (this.#prefixBytes > 0 && !this.#open.has(stream)) this.#bytes += this.#writePrefix(block, start);
    this.#bytes += block.copy(this.#chunk, this.#bytes, contentStart, contentEnd);
    if (!endsLine) this.#open.add(stream);
    else if (this.#open.size > 0) this.#open.delete(stream);
  }

  #writePrefix(block: Buffer, start: number): number {
    const time = this.#query.timestamps ? `${recordTime(block, start)} ` : "";
    return this.#chunk.write(time + this.#details, this.#bytes);
  }
}

/** Of a time before a line. */
const maxTimeBytes = 40;
