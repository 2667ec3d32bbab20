import { expect, test } from "bun:test";
import manifest from "../../package.json" with { type: "json" };
import { programVersion } from "./version.ts";

test("the version is package.json's", () => {
  expect(programVersion).toBe(manifest.version);
});
