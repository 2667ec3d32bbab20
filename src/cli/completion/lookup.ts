import type { Client } from "../../client/client.ts";
import type { ContainerSummary } from "../../spec/api/container.ts";
import type { ImageSummary } from "../../spec/api/image.ts";
import type { Network } from "../../spec/api/network.ts";
import type { VolumeListResponse } from "../../spec/api/volume.ts";
import type { CommandContext } from "../command.ts";
import { Contexts } from "../context/contexts.ts";
import type { Lookup } from "./complete.ts";

/** A shell waits for the answer: an engine that takes longer has nothing to offer. */
const patienceMs = 2000;

/** Looks names up; whatever goes wrong, the answer is empty. */
export function engineLookup(
  context: CommandContext,
  connect: (globals: CommandContext["globals"]) => Client,
): Lookup {
  return async (source, globals) => {
    try {
      if (source === "context")
        return new Contexts({ ...pick(context), globals }).list().map(({ Name }) => Name);
      const client = connect(globals);
      try {
        return await namesOf(client, source);
      } finally {
        client.close();
      }
    } catch {
      return [];
    }
  };
}

function pick({ config, terminal }: CommandContext): Pick<CommandContext, "config" | "terminal"> {
  return { config, terminal };
}

async function namesOf(
  client: Client,
  source: "container" | "running" | "image" | "network" | "volume",
): Promise<string[]> {
  const get = <T>(path: string, query = {}): Promise<T> =>
    client.request<T>("GET", path, { query, signal: AbortSignal.timeout(patienceMs) });
  switch (source) {
    case "container":
    case "running": {
      const found = await get<ContainerSummary[]>(
        "/containers/json",
        source === "container" ? { all: 1 } : {},
      );
      return found.flatMap(({ Names }) => (Names ?? []).map((name) => name.replace(/^\//, "")));
    }
    case "image":
      return (await get<ImageSummary[]>("/images/json")).flatMap(({ RepoTags }) =>
        imageNames(RepoTags ?? []),
      );
    case "network":
      return (await get<Network[]>("/networks")).map(({ Name = "" }) => Name);
    case "volume":
      return ((await get<VolumeListResponse>("/volumes")).Volumes ?? []).map(({ Name = "" }) => Name);
  }
}

/** With the tag, and without one that need not be written. */
function imageNames(tags: readonly string[]): string[] {
  return tags
    .filter((tag) => tag !== "<none>:<none>")
    .flatMap((tag) => (tag.endsWith(":latest") ? [tag.slice(0, -":latest".length), tag] : [tag]));
}
