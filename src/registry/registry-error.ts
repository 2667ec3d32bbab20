import { STATUS_CODES } from "node:http";
import { EngineError, type ErrorKind } from "../base/errors.ts";

/** A refusal by a registry, with what decisions are made by. Its message is the registry's own, as Docker shows it. */
export class RegistryError extends EngineError {
  readonly status: number;
  /** The first code of the answer's body (distribution spec, "Error Codes"); empty where it had none. */
  readonly code: string;
  /** How long the registry asks to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, message: string, code = "", retryAfterMs?: number) {
    super(kindOf(status), message);
    this.name = "RegistryError";
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

function kindOf(status: number): ErrorKind {
  if (status === 401) return "unauthenticated";
  if (status === 403) return "forbidden";
  if (status === 404) return "not-found";
  return status === 429 || status >= 500 ? "unavailable" : "internal";
}

const longestBody = 64 * 1024;
const longestQuote = 500;

interface ErrorItem {
  code: string;
  message: string;
}

/** What the registry said in a response that is no success. The body is read, and no more of it than is needed. */
export async function errorOf(response: Response, now: () => number = Date.now): Promise<RegistryError> {
  const text = await readBounded(response, longestBody).catch(() => "");
  const items = errorItems(text);
  const message = items.length > 0 ? describe(items) : fallback(response.status, text);
  const wait = retryAfterMs(response.headers.get("retry-after"), now());
  return new RegistryError(response.status, message, items[0]?.code, wait);
}

function errorItems(text: string): ErrorItem[] {
  try {
    const { errors } = JSON.parse(text) as { errors?: unknown };
    if (!Array.isArray(errors)) return [];
    return errors.map(errorItem);
  } catch {
    return [];
  }
}

function errorItem(item: unknown): ErrorItem {
  const { code, message } = (item ?? {}) as Record<string, unknown>;
  return {
    code: typeof code === "string" ? code : "UNKNOWN",
    message: typeof message === "string" ? message : "",
  };
}

function describe(items: readonly ErrorItem[]): string {
  const lines = items.map(({ code, message }) => {
    const name = code.toLowerCase().replaceAll("_", " ");
    return message !== "" ? `${name}: ${message}` : name;
  });
  return lines.length === 1 ? (lines[0] ?? "") : `errors:\n${lines.join("\n")}\n`;
}

function fallback(status: number, text: string): string {
  const details = detailsOf(text) ?? plainText(text);
  if (status === 401) return `unauthorized: ${details ?? "authentication required"}`;
  if (status === 403) return `denied: ${details ?? "requested access to the resource is denied"}`;
  if (status === 429)
    return `toomanyrequests: ${details ?? (text.slice(0, longestQuote) || "too many requests")}`;
  return `received unexpected HTTP status: ${status} ${STATUS_CODES[status] ?? ""}`.trimEnd();
}

/** What a proxy or a simple server says in a line of its own; no page for browsers. */
function plainText(text: string): string | undefined {
  const line = text.trim();
  return line.length > 0 && line.length <= 200 && /^[^<{\x00-\x1f]+$/.test(line) ? line : undefined;
}

/** Token services of older make answer `{"details": …}` or `{"message": …}`. */
function detailsOf(text: string): string | undefined {
  try {
    const { details, message } = JSON.parse(text) as { details?: unknown; message?: unknown };
    return [details, message].find((value): value is string => typeof value === "string" && value !== "");
  } catch {
    return undefined;
  }
}

/** Seconds or a date (RFC 9110, 10.2.3), as milliseconds from now. */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

/** The body as text, refused (`invalid`) when it is longer than `limitBytes`. */
export async function readBounded(response: Response, limitBytes: number): Promise<string> {
  return (await readBytes(response, limitBytes)).toString();
}

export async function readBytes(response: Response, limitBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (response.body === null) return Buffer.alloc(0);
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > limitBytes)
      throw new EngineError("invalid", `the registry's answer is longer than ${limitBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
