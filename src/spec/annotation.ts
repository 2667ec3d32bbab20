// `--annotation`, as buildx reads it.
import { EngineError } from "../base/errors.ts";
import { parsePlatform, type Platform } from "./platform.ts";

const places = ["manifest", "manifest-descriptor", "index", "index-descriptor"] as const;
export type AnnotationPlace = (typeof places)[number];

export interface Annotation {
  places: AnnotationPlace[];
  /** Of this platform's manifest alone. */
  platform?: Platform;
  key: string;
  value: string;
}

/** Reads `[PLACE[PLATFORM],…:]KEY=VALUE`; without a place it is the manifest. Throws `invalid`. */
export function parseAnnotation(text: string): Annotation {
  const {
    before = "",
    key = "",
    value,
  } = /^(?:(?<before>[a-z-]+(?:\[[^\]]*\])?(?:,[a-z-]+(?:\[[^\]]*\])?)*):)?(?<key>[^=]*)=(?<value>.*)$/s.exec(
    text,
  )?.groups ?? {};
  if (value === undefined || key === "")
    throw new EngineError("invalid", `invalid annotation ${JSON.stringify(text)}, expected key=value`);
  const named = (before || "manifest").split(",").map(placeOf);
  const platform = named.find((each) => each.platform !== undefined)?.platform;
  return { places: named.map(({ place }) => place), key, value, ...(platform !== undefined && { platform }) };
}

function placeOf(text: string): { place: AnnotationPlace; platform?: Platform } {
  const [, name, platform] = /^([a-z-]+)(?:\[(.*)\])?$/.exec(text) ?? [];
  const place = places.find((each) => each === name);
  if (place === undefined)
    throw new EngineError(
      "invalid",
      `unknown annotation type ${JSON.stringify(name ?? text)} (one of ${places.join(", ")} is expected)`,
    );
  return { place, ...(platform !== undefined && { platform: parsePlatform(platform) }) };
}
