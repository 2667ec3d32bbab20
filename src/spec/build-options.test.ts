import { expect, test } from "bun:test";
import { messageOf } from "../base/errors.ts";
import { parseAnnotation } from "./annotation.ts";
import { attestationText, parseAttestations } from "./attestation-option.ts";
import { parseCacheOption } from "./cache-option.ts";
import { layerChoiceOf } from "./layer-choice.ts";

function refusal(read: () => unknown): string {
  try {
    return `nothing: ${JSON.stringify(read())}`;
  } catch (error) {
    return messageOf(error);
  }
}

test("caches are named by type and place, or by a reference alone", () => {
  expect(parseCacheOption("host/user/app:cache", "from")).toEqual({
    type: "registry",
    attributes: { ref: "host/user/app:cache" },
  });
  expect(parseCacheOption('type=local,"dest=a,b",mode=max,ignore-error=true', "to")).toEqual({
    type: "local",
    attributes: { dest: "a,b", mode: "max", "ignore-error": "true" },
  });
  expect(parseCacheOption("type=inline", "to")).toEqual({ type: "inline", attributes: {} });
});

test.each([
  ["ref=a", "to", 'type is required in "ref=a"'],
  [
    "type=azblob,name=a",
    "to",
    'unknown cache exporter: "azblob" (one of registry, local, inline is expected)',
  ],
  ["type=inline", "from", 'unknown cache importer: "inline" (one of registry, local is expected)'],
  ["type=registry", "to", "ref is required for a registry cache"],
  ["type=local", "from", "src is required for a local cache"],
  ["type=registry,ref=a,mode=all", "to", 'invalid cache mode "all"'],
  ["type=registry,ref=a,image-manifest=false", "to", "image-manifest=false is not supported"],
  ["type=registry,ref=a,compression=xz", "to", "unsupported layer compression type: xz"],
  ["type=registry,ref=a,ignore-error=perhaps", "to", 'invalid value for ignore-error: "perhaps"'],
  ["type=inline,mode=max", "to", 'unknown option "mode" of a cache of type inline (known: none)'],
] as const)("the cache %s is refused (%s)", (text, direction, message) => {
  expect(refusal(() => parseCacheOption(text, direction))).toContain(message);
});

test("levels of compression have bounds", () => {
  expect(layerChoiceOf({ compression: "zstd", "compression-level": "22" })).toEqual({
    compression: "zstd",
    level: 22,
    force: false,
  });
  expect(refusal(() => layerChoiceOf({ "compression-level": "10" }))).toContain("0 to 9 is expected");
  expect(refusal(() => layerChoiceOf({ "compression-level": "fast" }))).toContain("0 to 9 is expected");
});

test("annotations say where they go", () => {
  expect(parseAnnotation("org.example/a=b=c")).toEqual({
    places: ["manifest"],
    key: "org.example/a",
    value: "b=c",
  });
  expect(parseAnnotation("index,manifest-descriptor:Key=v").places).toEqual(["index", "manifest-descriptor"]);
  expect(parseAnnotation("manifest[linux/arm64]:k=v")).toMatchObject({
    platform: { os: "linux", architecture: "arm64" },
    key: "k",
  });
  expect(refusal(() => parseAnnotation("novalue"))).toContain("expected key=value");
});

test("of attestations the last word counts", () => {
  expect(parseAttestations([])).toEqual({});
  expect(parseAttestations(["type=provenance"])).toEqual({ provenance: { mode: "min", version: "v0.2" } });
  expect(
    parseAttestations(["type=provenance,mode=max,version=v1", attestationText("provenance", "false")]),
  ).toEqual({});
  expect(parseAttestations([attestationText("sbom", "false")])).toEqual({});
  expect(attestationText("provenance", "mode=max")).toBe("type=provenance,mode=max");
  expect(refusal(() => parseAttestations(["type=sbom"]))).toContain("no scanner");
  expect(refusal(() => parseAttestations(["type=vex"]))).toContain('unknown attestation type "vex"');
  expect(refusal(() => parseAttestations(["type=provenance,depth=9"]))).toContain("known: mode, version");
});
