import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  familiarName,
  familiarString,
  fullName,
  isFullId,
  parseRawReference,
  parseReference,
  referenceString,
  withDefaultTag,
} from "./reference.ts";

interface Vectors {
  parse: {
    input: string;
    domain?: string;
    repository?: string;
    tag?: string;
    digest?: string;
    err?: string;
  }[];
  normalized: { valid: string[]; invalid: string[] };
  familiar: {
    RemoteName: string;
    FamiliarName: string;
    FullName: string;
    AmbiguousName: string;
    Domain: string;
  }[];
}

const root = join(import.meta.dir, "..", "..");
const shared = process.env.GANTRY_SHARED ?? join(root, "..", "shared");
const file = join(shared, "vectors", "reference.json");
const present = existsSync(file);
if (!present) console.log(`reference vectors skipped: no ${file}`);
const vectors: Vectors = present
  ? JSON.parse(readFileSync(file, "utf8"))
  : { parse: [], normalized: { valid: [], invalid: [] }, familiar: [] };

const messages: Record<string, string> = {
  ErrNameEmpty: "repository name must have at least one component",
  ErrReferenceInvalidFormat: "invalid reference format",
  ErrNameContainsUppercase: "repository name must be lowercase",
  ErrNameTooLong: "repository name must not be more than 255 characters",
  "digest.ErrDigestInvalidLength": "invalid checksum digest length",
  "digest.ErrDigestUnsupported": "unsupported digest algorithm",
};
const digest = `sha256:${"0".repeat(64)}`;

describe.skipIf(!present)("the shared vectors", () => {
  test("parse", () => {
    for (const { input, domain = "", repository = "", tag, digest, err } of vectors.parse) {
      if (err !== undefined) {
        expect(() => parseRawReference(input), input).toThrow(messages[err] ?? "a message is missing here");
        continue;
      }
      const raw = parseRawReference(input);
      expect(raw.domain === "" ? raw.path : `${raw.domain}/${raw.path}`, input).toBe(repository);
      expect([raw.domain, raw.tag, raw.digest as string | undefined], input).toEqual([domain, tag, digest]);
    }
  });

  test("normalized", () => {
    for (const text of vectors.normalized.valid) expect(parseReference(text), text).toBeDefined();
    for (const text of vectors.normalized.invalid) {
      expect(() => parseReference(text), text).toThrow(/invalid reference format|invalid repository name/);
    }
  });

  test("familiar", () => {
    for (const vector of vectors.familiar) {
      for (const text of [vector.FamiliarName, vector.FullName, vector.AmbiguousName].filter(Boolean)) {
        const reference = parseReference(text);
        expect(reference.domain, text).toBe(vector.Domain);
        expect(reference.path, text).toBe(vector.RemoteName);
        expect(familiarName(reference), text).toBe(vector.FamiliarName);
        expect(fullName(reference), text).toBe(vector.FullName);
      }
    }
  });
});

describe("references", () => {
  test("get a tag only when they name nothing more exact", () => {
    expect(referenceString(withDefaultTag(parseReference("ubuntu")))).toBe("docker.io/library/ubuntu:latest");
    expect(familiarString(withDefaultTag(parseReference("docker.io/library/a:1")))).toBe("a:1");
    expect(familiarString(withDefaultTag(parseReference(`a@${digest}`)))).toBe(`a@${digest}`);
    expect(familiarString(parseReference(`h:5000/a:t@${digest}`))).toBe(`h:5000/a:t@${digest}`);
  });

  // Each message as the docker command 28.5 prints it.
  test.each([
    ["", "invalid reference format"],
    ["Ubuntu", "invalid reference format: repository name (library/Ubuntu) must be lowercase"],
    ["b/B/c", "invalid reference format: repository name (b/B/c) must be lowercase"],
    ["localhost/A", "invalid reference format: repository name (A) must be lowercase"],
    ["bb:", "invalid reference format"],
    ["bb:a:b", "invalid reference format"],
    ["a b", "invalid reference format"],
    ["bb@sha256:abc", "invalid reference format"],
    [`bb@foo:${"0".repeat(64)}`, "unsupported digest algorithm"],
    [`bb@sha256:${"0".repeat(63)}`, "invalid checksum digest length"],
    [`bb@sha256:${"A".repeat(64)}`, "invalid checksum digest format"],
    [
      "0".repeat(64),
      `invalid repository name (${"0".repeat(64)}), cannot specify 64-byte hexadecimal strings`,
    ],
  ])("%p is refused", (text, message) => {
    expect(() => parseReference(text)).toThrow(message);
    expect(message).toBe(caught(() => parseReference(text)));
  });

  test("a full id is told from a name", () => {
    expect(isFullId("a".repeat(64))).toBeTrue();
    expect(isFullId("a".repeat(12))).toBeFalse();
  });
});

function caught(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing thrown";
}
