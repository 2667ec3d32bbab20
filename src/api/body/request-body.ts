import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { EngineError } from "../../base/errors.ts";
import { parseJson } from "./json-node.ts";
import type { Schema } from "./schema.ts";

/** Far more than any real configuration; an image or a build context never comes through here. */
export const maxBodyBytes = 16 * 1024 * 1024;

/** Docker's rule for bodies of JSON routes: the type must be JSON unless there is no body at all. */
export function checkContentType(headers: IncomingHttpHeaders): void {
  const given = headers["content-type"] ?? "";
  if (given === "" && isEmpty(headers)) return;
  const mediaType = (given.split(";")[0] ?? "").trim().toLowerCase();
  if (mediaType === "")
    throw new EngineError("invalid", `malformed Content-Type header (${given}): mime: no media type`);
  if (mediaType !== "application/json")
    throw new EngineError(
      "invalid",
      `unsupported Content-Type header (${given}): must be 'application/json'`,
    );
}

/** No body was announced: a body of unknown length (chunked) counts as one. */
export function isEmpty(headers: IncomingHttpHeaders): boolean {
  return headers["transfer-encoding"] === undefined && Number(headers["content-length"] ?? 0) === 0;
}

/** The whole body; refused past the limit. */
export async function readText(headers: IncomingHttpHeaders, body: Readable): Promise<string> {
  if (Number(headers["content-length"] ?? 0) > maxBodyBytes) throw tooLarge();
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  // Breaking off must leave the connection whole: the refusal goes back over it.
  for await (const part of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    sizeBytes += part.length;
    if (sizeBytes > maxBodyBytes) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function tooLarge(): EngineError {
  return new EngineError("invalid", "http: request body too large");
}

/** Decodes a body; `root` is how messages name its struct. JSON `null` is the empty value, as in Go. */
export function decodeBody<T>(text: string, schema: Schema<T>, root: string): T {
  const node = parseJson(text);
  return node.kind === "null" ? schema.zero() : schema.decode(node, { root, path: [] });
}
