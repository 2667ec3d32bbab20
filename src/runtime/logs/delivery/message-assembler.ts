import type { OutputChunk } from "../../runtime-service.ts";
import { type LogRecord, parseRecord, recordEnd, recordTime } from "../log-record.ts";
import type { LogMessage } from "./log-sink.ts";

/** Longer lines are delivered in pieces, as dockerd does. */
const maxLineBytes = 16 * 1024;
const noBytes = Buffer.alloc(0);

/** The beginning of a line whose end did not come yet. */
interface OpenLine {
  time: string;
  text: Buffer;
}

/** Open lines by their stream, as JSON: what was read of the log but not delivered. */
export type OpenLines = Partial<Record<OutputChunk["stream"], { time: string; text: string }>>;

/** Blocks of a log into the messages that log drivers deliver. */
export class MessageAssembler {
  readonly #open = new Map<OutputChunk["stream"], OpenLine>();
  #rest: Buffer = noBytes;

  constructor(open: OpenLines = {}) {
    for (const stream of ["stdout", "stderr"] as const) {
      const line = open[stream];
      if (line !== undefined)
        this.#open.set(stream, { time: line.time, text: Buffer.from(line.text, "base64") });
    }
  }

  /** Of a record that is not complete yet: read, but not part of any message or open line. */
  get unreadBytes(): number {
    return this.#rest.length;
  }

  get openLines(): OpenLines {
    return Object.fromEntries(
      [...this.#open].map(([stream, { time, text }]) => [stream, { time, text: text.toString("base64") }]),
    );
  }

  add(data: Buffer): LogMessage[] {
    const block = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]);
    const messages: LogMessage[] = [];
    let start = 0;
    for (let end = recordEnd(block, start); end >= 0; end = recordEnd(block, start)) {
      const record = parseRecord(block, start, end);
      if (record !== undefined) this.#addRecord(record, block, start, messages);
      start = end;
    }
    this.#rest = block.subarray(start);
    return messages;
  }

  /** What stands open when nothing more will come. */
  end(): LogMessage[] {
    const messages = [...this.#open].map(([stream, { time, text }]) => ({
      stream,
      time,
      line: text,
      partial: true,
    }));
    this.#open.clear();
    return messages;
  }

  #addRecord(record: LogRecord, block: Buffer, start: number, messages: LogMessage[]): void {
    const { stream, contentStart, contentEnd, endsLine } = record;
    const content = block.subarray(contentStart, endsLine ? contentEnd - 1 : contentEnd);
    const begun = this.#open.get(stream);
    const time = begun?.time ?? recordTime(block, start);
    let line = begun === undefined ? content : Buffer.concat([begun.text, content]);
    this.#open.delete(stream);
    for (; line.length > maxLineBytes; line = line.subarray(maxLineBytes)) {
      messages.push({ stream, time, line: line.subarray(0, maxLineBytes), partial: true });
    }
    if (endsLine) messages.push({ stream, time, line, partial: false });
    else this.#open.set(stream, { time, text: Buffer.from(line) });
  }
}
