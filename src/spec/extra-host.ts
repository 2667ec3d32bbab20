import { EngineError } from "../base/errors.ts";
import { isIp } from "./ip.ts";

/**
 * One `--add-host`: `NAME:ADDRESS` or `NAME=ADDRESS`, the address optionally in brackets or `host-gateway`.
 * Answers Docker's `NAME:ADDRESS`. Throws `invalid` with the docker command's words.
 */
export function parseExtraHost(text: string): string {
  const at = text.includes("=") ? text.indexOf("=") : text.indexOf(":");
  const name = text.slice(0, Math.max(at, 0));
  const written = text.slice(at + 1);
  if (at < 0 || name === "") throw invalid(`bad format for add-host: ${JSON.stringify(text)}`);
  const address = /^\[(.*)\]$/.exec(written)?.[1] ?? written;
  if (address !== "host-gateway" && !isIp(address)) {
    throw invalid(`invalid IP address in add-host: ${JSON.stringify(address)}`);
  }
  return `${name}:${address}`;
}

/** One `--link`: `CONTAINER[:ALIAS]`; the alias is the name when none is given. Throws `invalid`. */
export function parseLink(text: string): { container: string; alias: string } {
  const parts = text.split(":");
  const [container = "", alias = container] = parts;
  if (text === "") throw invalid("empty string specified for links");
  if (parts.length > 2) throw invalid(`bad format for links: ${text}`);
  return { container, alias };
}

/** One `--dns`. Throws `invalid`. */
export function checkIpAddress(text: string): string {
  const address = text.trim();
  if (isIp(address)) return address;
  throw invalid(`IP address is not correctly formatted: ${text}`);
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
