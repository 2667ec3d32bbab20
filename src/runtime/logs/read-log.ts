import type { OutputChunk } from "../runtime-service.ts";
import { LogFile } from "./log-file.ts";
import {
  dockerTime,
  type LogRecord,
  parseRecord,
  recordEnd,
  recordSeconds,
  recordTime,
} from "./log-record.ts";
import { tailOffset } from "./tail.ts";

export interface LogQuery {
  stdout: boolean;
  stderr: boolean;
  /** Seconds since the epoch, with fraction; 0 for no bound. */
  since: number;
  until: number;
  /** How many lines from the end; Infinity for all. */
  tail: number;
  /** Puts the time before each line. */
  timestamps: boolean;
  /** Goes on with what comes, until `ended` settles (the container has stopped) or `signal` aborts. */
  follow: boolean;
  ended: Promise<unknown>;
  signal: AbortSignal;
}

/** A part of a log: lines of one stream that follow each other. */
export interface LogChunk extends OutputChunk {
  /** Of its first line: RFC 3339 in UTC with nanoseconds, as Docker prints it. */
  time: string;
}

/** Room for the output of one block; a chunk is handed out once it is this full. */
const chunkBytes = 64 * 1024;

/** Output that conmon kept, byte for byte, in the order it came. A log that was never written is empty. */
export async function* readLog(path: string, query: LogQuery): AsyncGenerator<LogChunk> {
  using file = LogFile.open(path, (fd, sizeBytes) => tailOffset(fd, sizeBytes, query.tail));
  if (file === undefined) return;
  const assembler = new Assembler(query);
  do {
    for (const block of file.blocks()) {
      yield* assembler.add(block);
      if (query.signal.aborted) return;
      if (assembler.past) break;
    }
    yield* assembler.flush();
  } while (query.follow && !assembler.past && (await file.grown(query)));
}

/** Blocks of a log file into chunks of output. */
class Assembler {
  /** A line later than `until` was met: nothing more will be wanted. */
  past = false;
  readonly #query: LogQuery;
  /** The beginning of a record whose end was not written yet. */
  #rest: Buffer = Buffer.alloc(0);
  /** Streams that stand in the middle of a line. */
  readonly #open = new Set<string>();
  #chunk: Buffer = Buffer.allocUnsafe(chunkBytes);
  #bytes = 0;
  #stream: OutputChunk["stream"] = "stdout";
  #time = "";

  constructor(query: LogQuery) {
    this.#query = query;
  }

  *add(data: Buffer): Generator<LogChunk> {
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

  *flush(): Generator<LogChunk> {
    if (this.#bytes === 0) return;
    yield { stream: this.#stream, data: this.#chunk.subarray(0, this.#bytes), time: this.#time };
    this.#chunk = Buffer.allocUnsafe(chunkBytes);
    this.#bytes = 0;
  }

  #wants({ stream }: LogRecord, block: Buffer, start: number): boolean {
    const { stdout, stderr, since, until } = this.#query;
    if (stream === "stdout" ? !stdout : !stderr) return false;
    if (since === 0 && until === 0) return true;
    const seconds = recordSeconds(recordTime(block, start));
    this.past = until > 0 && seconds > until;
    return seconds >= since && !this.past;
  }

  #hasRoom({ contentStart, contentEnd }: LogRecord): boolean {
    return this.#bytes + contentEnd - contentStart + maxTimeBytes <= this.#chunk.length;
  }

  #append(record: LogRecord, block: Buffer, start: number): void {
    const { stream, contentStart, contentEnd, endsLine } = record;
    if (this.#bytes === 0) {
      // conmon's records are smaller than a chunk; should one not be, this chunk is larger.
      if (!this.#hasRoom(record)) this.#chunk = Buffer.allocUnsafe(contentEnd - contentStart + maxTimeBytes);
      this.#stream = stream;
      this.#time = dockerTime(recordTime(block, start));
    }
    if (this.#query.timestamps && !this.#open.has(stream)) {
      this.#bytes += this.#chunk.write(`${dockerTime(recordTime(block, start))} `, this.#bytes, "latin1");
    }
    this.#bytes += block.copy(this.#chunk, this.#bytes, contentStart, contentEnd);
    if (!endsLine) this.#open.add(stream);
    else if (this.#open.size > 0) this.#open.delete(stream);
  }
}

/** Of a time before a line. */
const maxTimeBytes = 40;
