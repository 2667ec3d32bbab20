import type { BuildService, CacheUsage } from "../build/build-service.ts";
import type { ContainerService } from "../containers/container-service.ts";
import type { LocalImageService } from "../images/local-image-service.ts";
import type { ContainerSummary } from "../spec/api/container.ts";
import type { ImageSummary } from "../spec/api/image.ts";
import type { Volume } from "../spec/api/volume.ts";
import type { VolumeService } from "../volumes/volume-service.ts";
import { treeSize } from "../linux/tree-size.ts";

export interface DiskUsageParts {
  containers: Pick<ContainerService, "list">;
  images: Pick<LocalImageService, "list" | "bytesOnDisk">;
  volumes: Pick<VolumeService, "list" | "usersOf">;
  builds: Pick<BuildService, "usage">;
}

/** The body of GET /system/df. */
export async function measureDiskUsage(parts: DiskUsageParts): Promise<Record<string, unknown>> {
  const containers = await parts.containers.list({ all: true, size: true, filters: {} });
  const images = parts.images.list({ sharedSize: true });
  return {
    LayersSize: parts.images.bytesOnDisk(),
    Images: images.map((image) => ({ ...image, Containers: countUsers(image, containers) })),
    Containers: containers,
    Volumes: await Promise.all(
      (parts.volumes.list({}).Volumes ?? []).map((volume) => measure(parts, volume)),
    ),
    BuildCache: (await parts.builds.usage()).map(cacheRecord),
  };
}

function cacheRecord(record: CacheUsage): Record<string, unknown> {
  const { id, parents, type, description, inUse, shared, sizeBytes, createdMs, usedMs, uses } = record;
  return {
    ID: id,
    ...(parents.length > 0 && { Parents: parents }),
    Type: type,
    Description: description,
    InUse: inUse,
    Shared: shared,
    Size: sizeBytes,
    CreatedAt: new Date(createdMs).toISOString(),
    LastUsedAt: new Date(usedMs).toISOString(),
    UsageCount: uses,
  };
}

function countUsers(image: ImageSummary, containers: ContainerSummary[]): number {
  return containers.filter(({ ImageID }) => ImageID === image.Id).length;
}

async function measure(parts: DiskUsageParts, volume: Volume): Promise<Volume> {
  const RefCount = parts.volumes.usersOf(volume.Name ?? "").length;
  return { ...volume, UsageData: { Size: await treeSize(volume.Mountpoint ?? ""), RefCount } };
}
