import { STATUS_CODES } from "node:http";
import { EngineError, errnoOf, type ErrorKind } from "../base/errors.ts";
import { readBounded } from "./registry-error.ts";
import type { Transport } from "./transport.ts";
import { brokenOff, watchedBody } from "./watched-body.ts";

/** What stands at a URL, on its way. */
export interface Download {
  /** Undefined where the server does not say. */
  sizeBytes: number | undefined;
  /** Throws `unavailable` where less comes than was told. Left before its end, the connection is given back. */
  body: AsyncIterable<Uint8Array>;
}

const mostRedirects = 10;
const redirects = new Set([301, 302, 303, 307, 308]);
const longestComplaint = 64 * 1024;
const kinds: Record<number, ErrorKind> = {
  400: "invalid",
  401: "unauthenticated",
  403: "forbidden",
  404: "not-found",
};

/** Begins to fetch what anybody may have by HTTP or HTTPS. Throws in the words of dockerd's `import`. */
export async function openUrl(transport: Transport, url: string, signal?: AbortSignal): Promise<Download> {
  const response = await follow(transport, parseUrl(url), signal);
  if (response.status >= 400) throw await refusal(url, response);
  const length = Number(response.headers.get("content-length") ?? Number.NaN);
  const sizeBytes = Number.isFinite(length) ? length : undefined;
  return { sizeBytes, body: wholeBody(response, sizeBytes) };
}

function parseUrl(text: string): URL {
  const quoted = JSON.stringify(text);
  if (!URL.canParse(text)) throw new EngineError("invalid", `Get ${quoted}: http: no Host in request URL`);
  const url = new URL(text);
  if (url.protocol === "http:" || url.protocol === "https:") return url;
  const scheme = JSON.stringify(url.protocol.slice(0, -1));
  throw new EngineError("invalid", `Get ${quoted}: unsupported protocol scheme ${scheme}`);
}

async function follow(transport: Transport, url: URL, signal: AbortSignal | undefined): Promise<Response> {
  let at = url;
  for (let hops = 0; hops <= mostRedirects; hops += 1) {
    const response = await transport.send({ method: "GET", url: at, headers: {}, insecure: false, signal });
    const location = response.headers.get("location");
    if (!redirects.has(response.status) || location === null) return response;
    await response.body?.cancel();
    at = parseUrl(new URL(location, at).href);
  }
  throw new EngineError("internal", `Get "${at.href}": stopped after ${mostRedirects} redirects`);
}

async function refusal(url: string, response: Response): Promise<EngineError> {
  const { status } = response;
  const said = await readBounded(response, longestComplaint).catch(() => "");
  return new EngineError(
    kinds[status] ?? "internal",
    `failed to GET ${url} with status ${status} ${STATUS_CODES[status] ?? ""}: ${said.trim()}`,
  );
}

async function* wholeBody(response: Response, sizeBytes: number | undefined): AsyncGenerator<Uint8Array> {
  let came = 0;
  try {
    for await (const chunk of watchedBody(response)) {
      came += chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw errnoOf(error) === "ECONNRESET" ? brokenOff() : error;
  }
  if (sizeBytes !== undefined && came < sizeBytes) throw brokenOff();
}
