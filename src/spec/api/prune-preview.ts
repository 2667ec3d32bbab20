/** Something that a prune would remove. */
export interface PruneItem {
  ID: string;
  /** What people call it: names, tags; empty where it has none. */
  Name: string;
  /** Bytes it alone takes. */
  Size: number;
}

/** The body of GET /system/prune/preview: kinds that were not asked for are absent. */
export interface PrunePreview {
  Containers?: PruneItem[];
  Images?: PruneItem[];
  Volumes?: PruneItem[];
  BuildCache?: PruneItem[];
  SpaceReclaimed: number;
}
