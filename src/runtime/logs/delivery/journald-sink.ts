import { existsSync } from "node:fs";
import { EngineError } from "../../../base/errors.ts";
import { UnixDatagram } from "../../../linux/unix-datagram.ts";
import type { LogMessage, LogSink, LogTarget } from "./log-sink.ts";

const journalSocket = "/run/systemd/journal/socket";
const errorPriority = 3;
const infoPriority = 6;
const shortIdLength = 12;

/** Docker's `journald`, by the journal's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL). */
export function openJournal(target: LogTarget, socketPath = journalSocket): LogSink {
  if (!existsSync(socketPath)) throw new EngineError("internal", "journald is not enabled on this host");
  const journal = UnixDatagram.connect(socketPath);
  const fixed = Buffer.concat(Object.entries(fixedFields(target)).map(([name, value]) => field(name, value)));
  return {
    async send(messages) {
      for (const message of messages) await journal.send(Buffer.concat([fixed, ...messageFields(message)]));
    },
    close: () => journal.close(),
  };
}

function fixedFields({ container, tag, attributes }: LogTarget): Record<string, string> {
  return {
    CONTAINER_ID: container.id.slice(0, shortIdLength),
    CONTAINER_ID_FULL: container.id,
    CONTAINER_NAME: container.name,
    CONTAINER_TAG: tag,
    IMAGE_NAME: container.image,
    SYSLOG_IDENTIFIER: tag,
    ...Object.fromEntries(Object.entries(attributes).map(([name, value]) => [fieldName(name), value])),
  };
}

function messageFields({ stream, time, line, partial }: LogMessage): Buffer[] {
  return [
    field("PRIORITY", String(stream === "stderr" ? errorPriority : infoPriority)),
    field("SYSLOG_TIMESTAMP", time),
    ...(partial ? [field("CONTAINER_PARTIAL_MESSAGE", "true")] : []),
    field("MESSAGE", line),
  ];
}

/** The journal's names are capitals, digits and underscores, and begin with a letter. */
function fieldName(name: string): string {
  return name
    .toUpperCase()
    .replace(/[^A-Z0-9_]/g, "_")
    .replace(/^_+/, "");
}

/** By length, so that a value may hold anything. */
function field(name: string, value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([Buffer.from(`${name}\n`), length, bytes, Buffer.from("\n")]);
}
