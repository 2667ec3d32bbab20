import type { OutputChunk } from "../../runtime-service.ts";

/** A line of output, or a piece of one. */
export interface LogMessage {
  stream: OutputChunk["stream"];
  /** RFC 3339 in UTC with nanoseconds. */
  time: string;
  /** Without its newline. */
  line: Buffer;
  /** Its rest follows, or never came. */
  partial: boolean;
}

/** Where a container's output is delivered to, beside the engine's own log. */
export interface LogTarget {
  driver: "json-file" | "syslog" | "journald";
  options: Record<string, string>;
  /** Attached to each line. */
  attributes: Record<string, string>;
  tag: string;
  container: { id: string; name: string; image: string };
  /** Of the `json-file` driver's file. */
  path: string;
}

/** What a sink must know of its past to go on where it was: of its own making, kept as JSON. */
export type SinkMark = Record<string, number>;

/** A receiver of messages, in their order. */
export interface LogSink {
  /** Resolves when they are handed over; throws when they cannot be now. */
  send(messages: LogMessage[]): Promise<void>;
  /** To be kept with the place in the log up to which messages were handed over. */
  mark?(): SinkMark;
  close(): void;
}

/** Connects to a target. Throws what keeps it from being reached. */
export async function openSink(target: LogTarget, mark?: SinkMark): Promise<LogSink> {
  switch (target.driver) {
    case "json-file":
      return (await import("./json-file-sink.ts")).openJsonFile(target, mark);
    case "syslog":
      return (await import("./syslog-sink.ts")).openSyslog(target);
    case "journald":
      return (await import("./journald-sink.ts")).openJournal(target);
  }
}
