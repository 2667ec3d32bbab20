import { EngineError } from "../../base/errors.ts";
import { isDigest } from "../../spec/digest.ts";
import { parseImageConfig } from "../image-config.ts";
import type { ArchiveContents } from "./archive-contents.ts";
import { type ArchivedImage, archiveTag, matchLayers } from "./archived-image.ts";

/** The images that a `manifest.json` lists (Docker image specification v1.2, "Combined Image JSON"). */
export function dockerArchiveImages(contents: ArchiveContents, manifest: Buffer): ArchivedImage[] {
  return entriesOf(manifest).map((entry) => {
    const configPath = text(entry["Config"]);
    const configBytes = contents.document(configPath);
    if (configBytes === undefined)
      throw new EngineError("invalid", `the archive has no image configuration at ${configPath}`);
    const config = parseImageConfig(configBytes);
    const parent = text(entry["Parent"] ?? "");
    return {
      configBytes,
      config,
      layers: matchLayers(contents, config, texts(entry["Layers"])),
      tags: texts(entry["RepoTags"]).map(archiveTag),
      parent: isDigest(parent) ? parent : undefined,
    };
  });
}

function entriesOf(manifest: Buffer): Record<string, unknown>[] {
  let entries: unknown;
  try {
    entries = JSON.parse(manifest.toString());
  } catch (error) {
    throw new EngineError("invalid", "manifest.json is not JSON", error);
  }
  if (!Array.isArray(entries)) throw malformed();
  return entries.map((entry: unknown) => {
    if (typeof entry !== "object" || entry === null) throw malformed();
    return entry as Record<string, unknown>;
  });
}

function text(value: unknown): string {
  if (typeof value !== "string") throw malformed();
  return value;
}

function texts(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw malformed();
  return value.map(text);
}

function malformed(): EngineError {
  return new EngineError("invalid", "manifest.json is not a list of images");
}
