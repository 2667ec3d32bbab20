import { createHash } from "node:crypto";
import type { ContainerService } from "../containers/container-service.ts";
import type { ImageService } from "../images/image-service.ts";
import type { ContainerSummary } from "../spec/api/container.ts";
import type { ImageSummary } from "../spec/api/image.ts";
import type { Volume } from "../spec/api/volume.ts";
import type { Digest } from "../spec/digest.ts";
import type { LayerStore } from "../store/layers/layer-store.ts";
import type { VolumeService } from "../volumes/volume-service.ts";
import { treeSize } from "../linux/tree-size.ts";

export interface DiskUsageParts {
  containers: Pick<ContainerService, "list">;
  images: Pick<ImageService, "list" | "get">;
  volumes: Pick<VolumeService, "list" | "usersOf">;
  layers: Pick<LayerStore, "get">;
}

/** The body of GET /system/df. */
export async function measureDiskUsage(parts: DiskUsageParts): Promise<Record<string, unknown>> {
  const containers = await parts.containers.list({ all: true, size: true, filters: {} });
  const images = parts.images.list({ sharedSize: true });
  return {
    LayersSize: layersSize(parts, images),
    Images: images.map((image) => ({ ...image, Containers: countUsers(image, containers) })),
    Containers: containers,
    Volumes: await Promise.all(
      (parts.volumes.list({}).Volumes ?? []).map((volume) => measure(parts, volume)),
    ),
    BuildCache: [],
  };
}

function countUsers(image: ImageSummary, containers: ContainerSummary[]): number {
  return containers.filter(({ ImageID }) => ImageID === image.Id).length;
}

/** Every layer once, however many images share it. */
function layersSize(parts: DiskUsageParts, images: ImageSummary[]): number {
  const chains = new Set<Digest>();
  for (const { Id = "" } of images) {
    let parent = "";
    for (const diffId of parts.images.get(Id).config.rootfs.diff_ids) {
      parent = parent === "" ? diffId : sha256(`${parent} ${diffId}`);
      chains.add(parent as Digest);
    }
  }
  return [...chains].reduce((sum, chain) => sum + (parts.layers.get(chain)?.sizeBytes ?? 0), 0);
}

function sha256(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

async function measure(parts: DiskUsageParts, volume: Volume): Promise<Volume> {
  const RefCount = parts.volumes.usersOf(volume.Name ?? "").length;
  return { ...volume, UsageData: { Size: await treeSize(volume.Mountpoint ?? ""), RefCount } };
}
