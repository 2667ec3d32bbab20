import { createHash, randomUUID } from "node:crypto";
import type { ProvenanceRequest } from "../../spec/attestation-option.ts";
import { type Digest, digestHex } from "../../spec/digest.ts";
import { formatPlatform, hostPlatform, type Platform } from "../../spec/platform.ts";
import { parseReference } from "../../spec/reference.ts";
import type { BuildRequest } from "../build-request.ts";
import { packageUrl } from "./attestation-manifest.ts";
import type { Attestation } from "./built-image.ts";

/** What an image was made from, by whom is left to who reads it. */
export interface Origin {
  request: BuildRequest;
  platform: Platform;
  /** Images that it stands on or copies from. */
  materials: readonly { name: string; id: Digest }[];
  startedOn: Date;
  /** SOURCE_DATE_EPOCH was given. */
  isReproducible: boolean;
}

interface Material {
  uri: string;
  digest: { sha256: string };
}

/** Names, digests and parameters of the build, as BuildKit records them (https://slsa.dev/provenance/v0.2). Secrets appear nowhere. */
export function provenance(origin: Origin): Record<string, unknown> {
  const { request, platform } = origin;
  return {
    builder: { id: "" },
    buildType: "https://mobyproject.org/buildkit@v1",
    materials: materialsOf(origin),
    invocation: {
      configSource: { entryPoint: request.dockerfile.name },
      parameters: { frontend: "dockerfile.v0", args: argsOf(request), locals },
      environment: { platform: formatPlatform(platform) },
    },
  };
}

/** The statement that goes with an image. */
export function provenanceAttestation(origin: Origin, { mode, version }: ProvenanceRequest): Attestation {
  const isFull = mode === "max";
  return version === "v1" ? statementV1(origin, isFull) : statementV02(origin, isFull);
}

function statementV02(origin: Origin, isFull: boolean): Attestation {
  const { request, startedOn, isReproducible } = origin;
  const { invocation, ...plain } = provenance(origin) as { invocation: object };
  const predicate = {
    ...plain,
    invocation: { ...invocation, parameters: parametersOf(request, isFull) },
    ...(isFull && { buildConfig: { definition: sourceOf(request) } }),
    metadata: {
      buildInvocationID: invocationId(),
      buildStartedOn: startedOn.toISOString(),
      buildFinishedOn: new Date().toISOString(),
      completeness: { parameters: isFull, environment: true, materials: false },
      reproducible: isReproducible,
    },
  };
  return { predicateType: "https://slsa.dev/provenance/v0.2", predicate };
}

function statementV1(origin: Origin, isFull: boolean): Attestation {
  const { request, startedOn, isReproducible } = origin;
  const predicate = {
    buildDefinition: {
      buildType: "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
      externalParameters: {
        configSource: { path: request.dockerfile.name },
        request: parametersOf(request, isFull),
      },
      internalParameters: {
        builderPlatform: formatPlatform(hostPlatform()),
        ...(isFull && { buildConfig: { definition: sourceOf(request) } }),
      },
      resolvedDependencies: materialsOf(origin),
    },
    runDetails: {
      builder: { id: "" },
      metadata: {
        invocationID: invocationId(),
        startedOn: startedOn.toISOString(),
        finishedOn: new Date().toISOString(),
        buildkit_completeness: { request: isFull, resolvedDependencies: false },
        buildkit_reproducible: isReproducible,
      },
    },
  };
  return { predicateType: "https://slsa.dev/provenance/v1", predicate };
}

/** Ids among them name no package. */
function materialsOf({ materials, platform }: Origin): Material[] {
  return materials.map(({ name, id }) => ({
    uri: /^sha256:|^[0-9a-f]{12,64}$/.test(name)
      ? `pkg:docker/${id}`
      : packageUrl(parseReference(name), platform),
    digest: { sha256: digestHex(id) },
  }));
}

const locals = [{ name: "context" }, { name: "dockerfile" }];

/** Arguments and labels may say what is nobody's business: only in full. */
function parametersOf(request: BuildRequest, isFull: boolean): object {
  const args = Object.entries(argsOf(request)).filter(
    ([name]) => isFull || !/^(?:build-arg|label):/.test(name),
  );
  return { frontend: "dockerfile.v0", args: Object.fromEntries(args), locals };
}

function argsOf({ buildArgs, labels, target, noCache }: BuildRequest): Record<string, string> {
  return {
    ...Object.fromEntries([...buildArgs].map(([name, value]) => [`build-arg:${name}`, value])),
    ...Object.fromEntries(Object.entries(labels).map(([name, value]) => [`label:${name}`, value])),
    ...(target !== "" && { target }),
    ...(noCache && { "no-cache": "" }),
  };
}

function sourceOf({ dockerfile }: BuildRequest): object {
  const sum = createHash("sha256").update(dockerfile.text).digest("hex");
  return {
    digest: { sha256: sum },
    source: { filename: dockerfile.name, data: Buffer.from(dockerfile.text).toString("base64") },
  };
}

function invocationId(): string {
  return randomUUID().replaceAll("-", "").slice(0, 25);
}
