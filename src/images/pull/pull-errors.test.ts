import { expect, test } from "bun:test";
import { EngineError, messageOf } from "../../base/errors.ts";
import { parseReference } from "../../spec/reference.ts";
import { pullError } from "./pull-errors.ts";

const offline = new EngineError("unavailable", "no such host");
const said = (reference: string) => pullError(offline, parseReference(reference));

test("who fails to get BuildKit's image is told how to build without it", () => {
  expect(messageOf(said("moby/buildkit:buildx-stable-1"))).toMatch(/^no such host\. .*DOCKER_BUILDKIT=0/);
  expect((said("moby/buildkit") as EngineError).kind).toBe((said("moby/other") as EngineError).kind);
  expect(messageOf(said("moby/other"))).toBe("no such host");
});
