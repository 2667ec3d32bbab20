import { resolve } from "node:path";
import { EngineError } from "../base/errors.ts";

/** What one `-v` puts into the request: an entry of HostConfig.Binds, or of Config.Volumes for a bare path. */
export type VolumeFlag = { bind: string } | { anonymous: string };

/**
 * One `-v`: `PATH`, or `SOURCE:PATH[:MODES]` where a source that starts with `.` is made absolute from `directory`.
 * The engine checks the rest. Throws `invalid`.
 *
 * The docker command takes a one-letter source for a Windows drive (`x:/c` becomes the path of an anonymous volume);
 * here it is a volume name, which the engine refuses as too short.
 */
export function parseVolumeFlag(text: string, directory: string): VolumeFlag {
  if (text === "") throw new EngineError("invalid", "invalid empty volume spec");
  const [source = "", ...rest] = text.split(":");
  if (source === "" || rest.includes("")) {
    throw new EngineError("invalid", `invalid spec: ${text}: empty section between colons`);
  }
  if (rest.length === 0) return { anonymous: source };
  const path = source.startsWith(".") ? resolve(directory, source) : source;
  return { bind: [path, ...rest].join(":") };
}
