// What the syslog log driver's options mean.
import { EngineError } from "../base/errors.ts";

/** Undefined address: the machine's own syslog. */
export type SyslogAddress =
  | { kind: "udp" | "tcp" | "tls"; host: string; port: number }
  | { kind: "stream" | "datagram"; path: string };

export const syslogFormats = ["", "rfc3164", "rfc5424", "rfc5424micro"] as const;
export type SyslogFormat = (typeof syslogFormats)[number];

const defaultPort = 514;
const networkKinds: Record<string, "udp" | "tcp" | "tls"> = { udp: "udp", tcp: "tcp", "tcp+tls": "tls" };
const facilities = [
  ..."kern user mail daemon auth syslog lpr news uucp cron authpriv ftp".split(" "),
  // Four that have numbers only.
  ...Array.from({ length: 4 }, () => undefined),
  ...Array.from({ length: 8 }, (_, index) => `local${index}`),
];

/** Throws `invalid` with dockerd's words. */
export function parseSyslogAddress(text: string): SyslogAddress | undefined {
  if (text === "") return undefined;
  const [, scheme = "", rest = ""] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(text) ?? [];
  if (scheme === "unix" || scheme === "unixgram") {
    return { kind: scheme === "unix" ? "stream" : "datagram", path: rest };
  }
  const kind = networkKinds[scheme];
  if (kind === undefined) throw invalid(`unsupported scheme: '${scheme}'`);
  const [, bracketed, plain = "", port = ""] = /^(?:\[([^\]]*)\]|([^:/]*))(?::(\d+))?\/?$/.exec(rest) ?? [];
  const host = bracketed ?? plain;
  if (port === "" && rest.includes(":") && bracketed === undefined)
    throw invalid(`invalid syslog address: ${text}`);
  return { kind, host: host === "" ? "localhost" : host, port: port === "" ? defaultPort : Number(port) };
}

/** A facility's number: by name or number, `daemon` unless given. */
export function parseFacility(text: string): number {
  if (text === "") return facilities.indexOf("daemon");
  const number = /^\d+$/.test(text) ? Number(text) : facilities.indexOf(text);
  if (number < 0 || number >= facilities.length) throw invalid("invalid syslog facility");
  return number;
}

export function parseSyslogFormat(text: string): SyslogFormat {
  const format = syslogFormats.find((each) => each === text);
  if (format === undefined) throw invalid("Invalid syslog format");
  return format;
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
