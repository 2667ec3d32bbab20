import type { VolumeCreateOptions } from "../../spec/api/volume.ts";
import { map, struct, text } from "./schema.ts";

/** POST /volumes/create. Cluster volumes belong to Swarm: their spec is passed over. */
export const volumeCreateBody = struct<Omit<VolumeCreateOptions, "ClusterVolumeSpec">>(
  "volume.CreateOptions",
  {
    Name: text(),
    Driver: text(),
    DriverOpts: map(text()),
    Labels: map(text()),
  },
);
