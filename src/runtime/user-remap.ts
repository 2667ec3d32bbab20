import type { IdMapping } from "../spec/id-mapping.ts";

/** `--userns-remap`: files keep the ids of their images on the disk, and are mounted through a view that maps them. */
export interface UserRemap {
  mapping: IdMapping;
  /** The mapped views of the layers' and of the volumes' directories. */
  layersView: string;
  volumesView: string;
  volumesDirectory: string;
}
