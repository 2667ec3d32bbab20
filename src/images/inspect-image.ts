import { dirname, join } from "node:path";
import { EngineError } from "../base/errors.ts";
import type { ImageConfig, ImageHistoryResponseItem, ImageInspect } from "../spec/api/image.ts";
import type { Digest } from "../spec/digest.ts";
import type { ImageConfigFile, ImageRunConfig } from "../spec/oci-image.ts";
import { familiarString } from "../spec/reference.ts";
import { goTime, unixSeconds, zeroTime } from "./created-at.ts";
import type { ImageRoom } from "./image-room.ts";

/** Fields that other programs' configurations may carry beside those of the specification. */
type ForeignFields = { docker_version?: unknown };

export function inspectImage(room: ImageRoom, id: Digest): ImageInspect {
  const config: ImageConfigFile & ForeignFields = room.config(id);
  const record = room.records.get(id);
  const references = room.records.references(id);
  return {
    Id: id,
    RepoTags: references.filter((reference) => reference.digest === undefined).map(familiarString),
    RepoDigests: references.filter((reference) => reference.digest !== undefined).map(familiarString),
    Parent: record?.parent ?? "",
    Comment: commentOf(config),
    ...(config.created !== undefined && { Created: goTime(config.created) }),
    DockerVersion: typeof config.docker_version === "string" ? config.docker_version : "",
    Author: config.author ?? "",
    Config: wireConfig(config.config ?? {}),
    Architecture: config.architecture,
    ...(config.variant !== undefined && { Variant: config.variant }),
    Os: config.os,
    ...(config["os.version"] !== undefined && { OsVersion: config["os.version"] }),
    Size: room.sizeOf(id),
    GraphDriver: graphDriver(room, id),
    RootFS: { Type: "layers", ...(config.rootfs.diff_ids.length > 0 && { Layers: config.rootfs.diff_ids }) },
    Metadata: {
      LastTagTime:
        record?.lastTaggedMs === undefined ? zeroTime : goTime(new Date(record.lastTaggedMs).toISOString()),
    },
    ...verified(room, id),
  };
}

/** What the image policy asked for and found; nothing of it where there is none. */
function verified(room: ImageRoom, id: Digest): Pick<ImageInspect, "Verified"> {
  const Verified = room.verifications.list(id).map((each) => ({
    Repository: each.repository,
    Digest: each.digest,
    Key: each.fingerprint,
    KeyFile: each.keyFile,
    At: goTime(new Date(each.verifiedMs).toISOString()),
  }));
  return Verified.length > 0 ? { Verified } : {};
}

/** The last step's comment stands for the image's own, which the OCI configuration has no field for. */
function commentOf(config: ImageConfigFile): string {
  return config.comment || (config.history?.at(-1)?.comment ?? "");
}

/** Fields that dockerd always writes, empty or not, and those that it leaves out when they are empty. */
function wireConfig(config: ImageRunConfig): ImageConfig {
  const always = {
    Cmd: config.Cmd ?? null,
    Entrypoint: config.Entrypoint ?? null,
    Env: config.Env ?? null,
    Labels: config.Labels ?? null,
    OnBuild: config.OnBuild ?? null,
    User: config.User ?? "",
    Volumes: config.Volumes ?? null,
    WorkingDir: config.WorkingDir ?? "",
  };
  const { ExposedPorts, Healthcheck, StopSignal, Shell, ArgsEscaped } = config;
  const sometimes = { ArgsEscaped, ExposedPorts, Healthcheck, Shell, StopSignal };
  const present = Object.entries(sometimes).filter(([, value]) => Boolean(value));
  return { ...always, ...Object.fromEntries(present) } as ImageConfig;
}

/** The names that tools look for; `merged` and `work` come to be in a container's own layer alone. */
function graphDriver(room: ImageRoom, id: Digest): NonNullable<ImageInspect["GraphDriver"]> {
  const { chainId } = room.image(id);
  if (chainId === undefined) return { Name: "overlay2" };
  const [upper = "", ...lower] = room.layers.directories(chainId);
  return {
    Data: {
      ...(lower.length > 0 && { LowerDir: lower.join(":") }),
      MergedDir: join(dirname(upper), "merged"),
      UpperDir: upper,
      WorkDir: join(dirname(upper), "work"),
    },
    Name: "overlay2",
  };
}

/** Newest step first. Only the image itself, and parents that are images here, have an id to show. */
export function imageHistory(room: ImageRoom, id: Digest): ImageHistoryResponseItem[] {
  const layers = room.layersOf(id);
  let used = 0;
  const items = (room.config(id).history ?? []).map((step): ImageHistoryResponseItem => {
    const layer = step.empty_layer === true ? undefined : layers[used++];
    return {
      Id: "<missing>",
      Created: unixSeconds(step.created),
      CreatedBy: step.created_by ?? "",
      Tags: null as unknown as string[],
      Size: layer?.sizeBytes ?? 0,
      Comment: step.comment ?? "",
    };
  });
  if (used > layers.length) throw new EngineError("internal", "too many non-empty layers in History section");
  items.reverse();
  let known: Digest | undefined = id;
  for (const item of items) {
    if (known === undefined || room.records.get(known) === undefined) break;
    item.Id = known;
    const tags = room.tagsOf(known);
    if (tags.length > 0) item.Tags = tags;
    known = room.records.get(known)?.parent;
  }
  return items;
}
