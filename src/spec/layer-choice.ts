import { parseBool } from "./boolean.ts";
import { EngineError } from "../base/errors.ts";

const compressions = ["gzip", "zstd", "uncompressed"] as const;

/** How layers are to be compressed where they go. */
export interface LayerChoice {
  compression: (typeof compressions)[number];
  level?: number;
  /** Layers that came here compressed in another way, too; else they go as they came. */
  force: boolean;
}

/** How a layer that is compressed here is compressed; without a level, as is quickest for its size. */
export interface LayerCompression {
  compression: "gzip" | "zstd";
  level?: number;
}

export const gzipLayers: LayerChoice = { compression: "gzip", force: false };

/** What BuildKit's `compression`, `compression-level` and `force-compression` say. Throws `invalid`. */
export function layerChoiceOf(attributes: Readonly<Record<string, string>>): LayerChoice {
  const { compression = "gzip", "compression-level": level } = attributes;
  const found = compressions.find((each) => each === compression);
  if (found === undefined)
    throw new EngineError(
      "invalid",
      `unsupported layer compression type: ${compression} (one of ${compressions.join(", ")} is expected)`,
    );
  const force = flagOf(attributes, "force-compression") ?? false;
  return { compression: found, force, ...(level !== undefined && { level: levelOf(found, level) }) };
}

function levelOf(compression: LayerChoice["compression"], text: string): number {
  const most = compression === "zstd" ? 22 : 9;
  const level = Number(text);
  if (/^\d+$/.test(text) && level <= most) return level;
  throw new EngineError(
    "invalid",
    `invalid compression-level ${JSON.stringify(text)}: 0 to ${most} is expected`,
  );
}

/** An attribute that is true or false, as Go reads it; undefined where it is not given. Throws `invalid`. */
export function flagOf(attributes: Readonly<Record<string, string>>, name: string): boolean | undefined {
  const text = attributes[name];
  if (text === undefined) return undefined;
  const value = parseBool(text);
  if (value !== undefined) return value;
  throw new EngineError(
    "invalid",
    `invalid value for ${name}: ${JSON.stringify(text)} (true or false is expected)`,
  );
}
