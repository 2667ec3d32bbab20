import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import recorded from "./testdata/templates.json";
import { zero } from "./go/value.ts";
import { goBool, goString } from "./go/value.ts";
import type { GoValue } from "./go/type.ts";
import { inInterface } from "./go/json-parse.ts";
import { Template } from "./template/template.ts";
import { TemplateError } from "./template/token-reader.ts";
import { contextTypes } from "./types/context.ts";

interface Vector {
  template: string;
  stdout: string;
  stderr: string;
}

/** What docker 28.5.2 prints for `context inspect --format TEMPLATE` with DOCKER_HOST=tcp://engine.example:2376. */
const vectors = recorded as Vector[];
const dockerCli = process.env.GANTRY_DOCKER_CLI;

function struct(name: string, fields: Record<string, GoValue>): GoValue {
  const value = zero(contextTypes(name));
  const data = new Map([...(value.data as Map<string, GoValue>), ...Object.entries(fields)]);
  return { type: value.type, data };
}

const endpoint = struct("context.EndpointMetaBase", {
  Host: goString("tcp://engine.example:2376"),
  SkipTLSVerify: goBool(false),
});
const metadata = struct("store.Metadata", {
  Name: goString("default"),
  Endpoints: {
    type: contextTypes("map[string]any"),
    data: new Map([["docker", inInterface(endpoint)]]),
  },
});
const tlsMaterial = { type: contextTypes("map[string]store.EndpointFiles"), data: new Map() };
const inspected = struct("context.contextWithTLSListing", {
  Metadata: metadata,
  TLSMaterial: tlsMaterial,
  Storage: struct("store.StorageInfo", {
    MetadataPath: goString("<IN MEMORY>"),
    TLSPath: goString("<IN MEMORY>"),
  }),
});

function run(source: string): Omit<Vector, "template"> {
  let parsed = false;
  try {
    const template = new Template(source);
    parsed = true;
    return { stdout: `${template.execute(inspected)}\n`, stderr: "" };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { stdout: parsed ? "\n" : "", stderr: `template parsing error: ${error.message}\n` };
  }
}

describe("templates print what docker's do", () => {
  for (const { template, stdout, stderr } of vectors) {
    test(JSON.stringify(template), () => {
      expect(run(template)).toEqual({ stdout, stderr });
    });
  }
});

test.skipIf(dockerCli === undefined)(
  `recorded vectors are docker's (${dockerCli ?? "GANTRY_DOCKER_CLI not set"})`,
  () => {
    const env = { DOCKER_CONFIG: "/nonexistent", DOCKER_HOST: "tcp://engine.example:2376" };
    for (const { template, ...wanted } of vectors) {
      const ran = spawnSync(dockerCli ?? "", ["context", "inspect", "--format", template], {
        env,
        encoding: "utf8",
      });
      expect({ stdout: ran.stdout, stderr: ran.stderr }).toEqual(wanted);
    }
  },
  60_000,
);
