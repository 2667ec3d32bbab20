import { createHash, randomUUID } from "node:crypto";
import type { Digest } from "../../spec/digest.ts";
import { formatPlatform } from "../../spec/platform.ts";
import type { BuildRequest } from "../build-request.ts";
import type { Planner } from "../graph/planner.ts";

/**
 * What `--metadata-file` gets: names and digests of the result, and where it came from in SLSA's provenance v0.2 form
 * (https://slsa.dev/provenance/v0.2), as BuildKit records it. Secrets appear by their ids alone.
 */
export function buildMetadata(options: {
  request: BuildRequest;
  planner: Planner;
  startedOn: Date;
  imageId: Digest | undefined;
}): Record<string, unknown> {
  const { request, planner, startedOn, imageId } = options;
  return {
    "buildx.build.provenance": provenance(request, planner, startedOn),
    "buildx.build.ref": `default/default/${randomUUID().replaceAll("-", "").slice(0, 25)}`,
    ...(imageId !== undefined && {
      "containerimage.config.digest": imageId,
      "containerimage.digest": imageId,
    }),
  };
}

function provenance(request: BuildRequest, planner: Planner, startedOn: Date): object {
  const args = [...request.buildArgs].map(([name, value]) => [`build-arg:${name}`, value]);
  const labels = Object.entries(request.labels).map(([name, value]) => [`label:${name}`, value]);
  return {
    builder: { id: "" },
    buildType: "https://mobyproject.org/buildkit@v1",
    materials: planner.materials().map(({ name, id }) => ({
      uri: `pkg:docker/${name}?platform=${encodeURIComponent(formatPlatform(planner.options.platform))}`,
      digest: { sha256: id.replace(/^sha256:/, "") },
    })),
    invocation: {
      configSource: { entryPoint: request.dockerfile.name },
      parameters: {
        frontend: "dockerfile.v0",
        args: Object.fromEntries([
          ...args,
          ...labels,
          ...(request.target === "" ? [] : [["target", request.target]]),
          ...(request.noCache ? [["no-cache", ""]] : []),
        ]) as Record<string, string>,
        locals: [{ name: "context" }, { name: "dockerfile" }],
      },
      environment: { platform: formatPlatform(planner.options.platform) },
    },
    buildConfig: { definition: sha256(request.dockerfile.text) },
    metadata: {
      buildStartedOn: startedOn.toISOString(),
      buildFinishedOn: new Date().toISOString(),
      completeness: { parameters: true, environment: true, materials: false },
      reproducible: planner.options.latestSeconds !== undefined,
    },
  };
}

function sha256(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
