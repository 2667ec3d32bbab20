// Wire types of an endpoint of the engine's own: GET /images/{name}/diff?with=NAME.

export interface ImageDiffTally {
  Files: number;
  Size: number;
}

export interface ImageDiffLayer {
  /** Digest of the layer's uncompressed tar. */
  DiffID: string;
  CreatedBy: string;
  Size: number;
  /** Whether the other image has it in the same place. */
  Shared: boolean;
  Added: ImageDiffTally;
  Changed: ImageDiffTally;
  Removed: ImageDiffTally;
  /** Its part that later layers of the image hide: bytes that travel and are never seen. */
  Wasted: ImageDiffTally;
}

export interface ImageDiffSide {
  Id: string;
  Size: number;
  Layers: ImageDiffLayer[];
}

export interface ImageDiffFile {
  Path: string;
  Kind: "added" | "changed" | "removed";
  Type: string;
  /** Index of the layer that brought it: of the second image, or of the first for what is removed. */
  Layer: number;
  SizeBefore?: number;
  SizeAfter?: number;
  /** In what it changed: type, content, mode, owner, capability. */
  What?: string[];
}

export interface ImageDiff {
  From: ImageDiffSide;
  To: ImageDiffSide;
  Files: ImageDiffFile[];
}
