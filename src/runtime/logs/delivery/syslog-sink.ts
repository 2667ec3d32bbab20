import { hostname } from "node:os";
import {
  parseFacility,
  parseSyslogAddress,
  parseSyslogFormat,
  type SyslogAddress,
  type SyslogFormat,
} from "../../../spec/syslog-options.ts";
import type { LogMessage, LogSink, LogTarget } from "./log-sink.ts";
import { connectSyslog } from "./syslog-transport.ts";

const errorSeverity = 3;
const infoSeverity = 6;

/** Docker's `syslog`: stdout as information, stderr as errors. */
export async function openSyslog({ options, tag }: LogTarget): Promise<LogSink> {
  const address = parseSyslogAddress(options["syslog-address"] ?? "");
  const format = parseSyslogFormat(options["syslog-format"] ?? "");
  const head = lineHead(format, tag);
  const priority = parseFacility(options["syslog-facility"] ?? "") * 8;
  const transport = await connectSyslog(address, options);
  const counted = countsBytes(address, format);
  return {
    async send(messages) {
      await transport.send(messages.map((message) => framed(lineOf(message, priority, head), counted)));
    },
    close: () => transport.close(),
  };
}

/** RFC 5425: over TLS, RFC 5424 messages are told apart by their lengths. */
function countsBytes(address: SyslogAddress | undefined, format: SyslogFormat): boolean {
  return address?.kind === "tls" && format.startsWith("rfc5424");
}

function framed(line: Buffer, counted: boolean): Buffer {
  return counted ? Buffer.concat([Buffer.from(`${line.length} `), line]) : line;
}

function lineOf(
  { stream, time, line }: LogMessage,
  facility: number,
  head: (time: string) => string,
): Buffer {
  const priority = facility + (stream === "stderr" ? errorSeverity : infoSeverity);
  return Buffer.concat([Buffer.from(`<${priority}>${head(time)}`), line, Buffer.from("\n")]);
}

/** What stands between priority and message. */
function lineHead(format: SyslogFormat, tag: string): (time: string) => string {
  const host = hostname();
  const { pid } = process;
  switch (format) {
    case "":
      return (time) => `${stampOf(time)} ${tag}[${pid}]: `;
    case "rfc3164":
      return (time) => `${stampOf(time)} ${host} ${tag}[${pid}]: `;
    case "rfc5424":
      return (time) => `1 ${time.slice(0, 19)}Z ${host} ${tag} ${pid} ${tag} - `;
    case "rfc5424micro":
      return (time) => `1 ${time.slice(0, 26)}Z ${host} ${tag} ${pid} ${tag} - `;
  }
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** RFC 3164's time is the sender's own, without a year. */
function stampOf(time: string): string {
  const date = new Date(time);
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(":");
  return `${months[date.getMonth()]} ${String(date.getDate()).padStart(2, " ")} ${clock}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
