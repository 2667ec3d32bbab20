import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { EngineError } from "../base/errors.ts";
import { bytesOf, textOf } from "./ops/files/tree.ts";
import { SentTree } from "./ops/files/sent-tree.ts";
import type { BuildContext, ContextEntry } from "./context/build-context.ts";

/** No Dockerfile that anybody wrote is longer. */
const mostBytes = 16 << 20;

/** The text of a Dockerfile of the context; links in the context are followed inside it. Throws dockerd's error. */
export function dockerfileInContext(context: BuildContext, name: string): string {
  if (posix.normalize(name).startsWith("../"))
    throw new EngineError("internal", `forbidden path outside the build context: ${name} ()`);
  const entry =
    entryOf(context, name) ?? (name === "Dockerfile" ? entryOf(context, "dockerfile") : undefined);
  if (entry === undefined) throw new EngineError("internal", `Cannot locate specified Dockerfile: ${name}`);
  if (entry.kind !== "file") throw new EngineError("internal", `The Dockerfile (${name}) is not a file`);
  if (entry.sizeBytes > mostBytes) throw new EngineError("invalid", `the Dockerfile (${name}) is too large`);
  const text = readFileSync(context.contentPath(entry), "utf8");
  if (text.trim() === "") throw new EngineError("invalid", `the Dockerfile (${name}) cannot be empty`);
  return text;
}

/** Most are where they are said to be; the whole tree is needed only to follow links. */
function entryOf(context: BuildContext, name: string): ContextEntry | undefined {
  const found = context.entries.get(name);
  if (found?.kind === "file") return found;
  const place = new SentTree(context).follow(bytesOf(name));
  return place === undefined ? undefined : context.entries.get(textOf(place));
}
