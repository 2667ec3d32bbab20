import { expect, test } from "bun:test";
import { parseDockerfile } from "../dockerfile/parse-dockerfile.ts";
import { readInstructions } from "../instructions/read-instructions.ts";
import { exposedPorts } from "./exposed-ports.ts";
import { stageToCopyFrom } from "./stage-names.ts";

const { stages } = readInstructions(
  parseDockerfile("FROM scratch AS a\nFROM scratch AS a\nFROM scratch\nFROM scratch AS later\n"),
);

test("a stage is found by its name, the last of them, or by its number", () => {
  expect(["A", "0", "1", "busybox"].map((name) => stageToCopyFrom(stages, name, 2))).toEqual([
    1,
    0,
    1,
    undefined,
  ]);
});

const from = (name: string) => () => stageToCopyFrom(stages, name, 2);

// The words are those of dockerd 28 with BuildKit.
test("stages that cannot be copied from are named", () => {
  expect(from("2")).toThrow("circular dependency detected on stage: stage-2");
  expect(from("later")).toThrow(
    'cannot copy from stage "later", it needs to be defined before current stage "stage-2"',
  );
  expect(from("9")).toThrow("invalid stage index 9");
});

test("ports that cannot be exposed are told in BuildKit's words", () => {
  expect(exposedPorts(["80", "53/UDP", "8000-8001"])).toEqual(["80/tcp", "53/udp", "8000/tcp", "8001/tcp"]);
  expect(() => exposedPorts(["abc"])).toThrow("invalid containerPort: abc");
  expect(() => exposedPorts(["80/foo"])).toThrow('invalid port: "80/foo": invalid proto: foo');
});
