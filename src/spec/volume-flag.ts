import { resolve } from "node:path";
import { EngineError } from "../base/errors.ts";

/** What one `-v` puts into the request: an entry of HostConfig.Binds, or of Config.Volumes for a bare path. */
export type VolumeFlag = { bind: string } | { anonymous: string };

/**
 * One `-v`: `PATH`, or `SOURCE:PATH[:MODES]` where a source that starts with `.` is made absolute from `directory`.
 * The engine checks the rest. Throws `invalid`.
 *
 * As in the docker command, one letter before the first colon is a Windows drive: `x:/c` is a path, `x:/c:/d` a bind.
 */
export function parseVolumeFlag(text: string, directory: string): VolumeFlag {
  if (text === "") throw new EngineError("invalid", "invalid empty volume spec");
  if (text.length <= 2) return { anonymous: text };
  const [source = "", ...rest] = sections(text);
  if (source === "" || rest.includes("")) fail(text, "empty section between colons");
  if (rest.length > 2) fail(text, "too many colons");
  if (rest.length === 0) return { anonymous: source };
  const path = source.startsWith(".") ? resolve(directory, source) : source;
  return { bind: [path, ...rest].join(":") };
}

/** Cut at the colons, but for those after a single letter. */
function sections(text: string): string[] {
  const parts: string[] = [];
  for (const part of text.split(":")) {
    const last = parts.at(-1);
    if (last !== undefined && /^\p{L}$/u.test(last)) parts[parts.length - 1] = `${last}:${part}`;
    else parts.push(part);
  }
  return parts;
}

function fail(text: string, problem: string): never {
  throw new EngineError("invalid", `invalid spec: ${text}: ${problem}`);
}
