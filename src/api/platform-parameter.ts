import { EngineError, messageOf } from "../base/errors.ts";
import { normalizePlatform, parsePlatform, type Platform } from "../spec/platform.ts";
import { parseJson } from "./body/json-node.ts";
import { list, struct, text } from "./body/schema.ts";
import type { Call } from "./call.ts";

const platformSchema = struct<Platform>("v1.Platform", {
  architecture: text(),
  os: text(),
  "os.version": text(),
  "os.features": list(text()),
  variant: text(),
});

/** `platform=linux/arm64`, for import and create. */
export function platformText(call: Call, sinceMinor: number): Platform | undefined {
  const given = call.speaks(sinceMinor) ? call.query.string("platform") : "";
  return given === "" ? undefined : parsePlatform(given);
}

/** `platform={"os":"linux",…}`, the OCI object that newer endpoints take. */
export function platformJson(call: Call): Platform | undefined {
  const given = call.speaks(48) ? call.query.string("platform") : "";
  if (given === "") return undefined;
  const platform = platformSchema.decode(parsed(given), { root: "Platform", path: [] });
  if (!platform.os || !platform.architecture)
    throw new EngineError("invalid", "both OS and Architecture must be provided");
  return normalizePlatform(platform);
}

function parsed(given: string): ReturnType<typeof parseJson> {
  try {
    return parseJson(given);
  } catch (error) {
    const why = messageOf(error).replace(/^invalid JSON: /, "");
    throw new EngineError("invalid", `failed to parse platform: ${why}`, error);
  }
}
