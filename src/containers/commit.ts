import { newId } from "../base/ids.ts";
import { applyChanges } from "../images/changes/apply-changes.ts";
import { goTime } from "../images/created-at.ts";
import { taggedReference } from "../images/find-image.ts";
import type { ContainerConfig } from "../spec/api/container.ts";
import type { Digest } from "../spec/digest.ts";
import type { HistoryEntry, ImageConfigFile, ImageRunConfig } from "../spec/oci-image.ts";
import { familiarString } from "../spec/reference.ts";
import type { Layer } from "../store/layers/layer-store.ts";
import type { CommitRequest } from "./container-service.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { mergeImageConfig } from "./merge-image-config.ts";
import { pauseContainer, unpauseContainer } from "./pause.ts";
import { publishEvent } from "./publish-event.ts";

/** Makes an image of what the container changed in its own, on top of that; answers its id. */
export async function commitContainer(
  context: ContainersContext,
  request: CommitRequest,
): Promise<{ Id: Digest }> {
  const container = context.repository.find(request.container);
  const reference = taggedReference(request.repository, request.tag, "cannot import digest reference");
  const config = committedConfig(container, request);
  const lease = `lease:${newId()}`;
  const options = { user: lease, ...(request.signal && { signal: request.signal }) };
  const commit = () => context.layers.commitWritable(container.id, options);
  const layer = await (request.pause ? whilePaused(context, container.id, commit) : commit());
  try {
    const file = imageFile(context, container, config, layer, request);
    const id = context.images.add(Buffer.from(JSON.stringify(file)), container.imageId);
    context.images.publishCreation(id);
    if (reference !== undefined) context.images.name(id, reference);
    publishEvent(context, container, "commit", {
      comment: request.comment,
      imageID: id,
      imageRef: reference === undefined ? "" : familiarString(reference),
    });
    return { Id: id };
  } finally {
    await context.layers.release(layer.chainId, lease);
  }
}

/** One moment's state of a running container. One that is paused already stays so, as does one that somebody else lets go on. */
async function whilePaused<T>(context: ContainersContext, id: string, work: () => Promise<T>): Promise<T> {
  if (context.repository.find(id).state.status !== "running") return await work();
  await pauseContainer(context, id);
  try {
    return await work();
  } finally {
    if (context.repository.byId(id)?.state.status === "paused") await unpauseContainer(context, id);
  }
}

/** What the request's body says over what the container has, then the changes; what is the container's own is left out. */
function committedConfig({ config }: Container, { config: given, changes }: CommitRequest): ImageRunConfig {
  const changed = applyChanges(runConfigOf(given ?? config), changes);
  return runConfigOf(mergeImageConfig(changed as ContainerConfig, runConfigOf(config)));
}

const imageFields = [
  "User",
  "ExposedPorts",
  "Env",
  "Entrypoint",
  "Cmd",
  "Volumes",
  "WorkingDir",
  "Labels",
  "StopSignal",
  "Healthcheck",
  "OnBuild",
  "Shell",
] as const satisfies readonly (keyof ImageRunConfig & keyof ContainerConfig)[];

/** The part of a container's configuration that an image carries. */
function runConfigOf(config: ContainerConfig | ImageRunConfig): ImageRunConfig {
  const fields = imageFields.map((name) => [name, config[name]] as const);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined && value !== null));
}

/** The sum of an archive without entries: a commit of a container that changed nothing adds no layer. */
const emptyLayer = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";

function imageFile(
  context: ContainersContext,
  { imageId, config: containerConfig }: Container,
  config: ImageRunConfig,
  { diffId }: Layer,
  { author, comment }: CommitRequest,
): ImageConfigFile {
  const { config: base } = context.images.get(imageId);
  const created = goTime(new Date().toISOString());
  const isEmpty = diffId === emptyLayer;
  const step: HistoryEntry = {
    created,
    ...(author !== "" && { author }),
    created_by: (containerConfig.Cmd ?? []).join(" "),
    ...(comment !== "" && { comment }),
    ...(isEmpty && { empty_layer: true }),
  };
  return {
    architecture: base.architecture,
    ...(author !== "" && { author }),
    config,
    created,
    history: [...(base.history ?? []), step],
    os: base.os,
    ...(base["os.version"] !== undefined && { "os.version": base["os.version"] }),
    ...(base["os.features"] !== undefined && { "os.features": base["os.features"] }),
    ...(base.variant !== undefined && { variant: base.variant }),
    rootfs: { type: "layers", diff_ids: [...base.rootfs.diff_ids, ...(isEmpty ? [] : [diffId])] },
  };
}
