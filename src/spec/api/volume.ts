// Wire types of the Docker Engine API v1.51 (OpenAPI definitions of the same names).

export interface Volume {
  Name?: string;
  Driver?: string;
  Mountpoint?: string;
  CreatedAt?: string;
  Status?: Record<string, Record<string, unknown>>;
  Labels?: Record<string, string> | null;
  Scope?: "local" | "global";
  Options?: Record<string, string> | null;
  UsageData?: {
    Size?: number;
    RefCount?: number;
  } | null;
}

export interface VolumeCreateOptions {
  Name?: string;
  Driver?: string;
  DriverOpts?: Record<string, string> | null;
  Labels?: Record<string, string> | null;
  ClusterVolumeSpec?: unknown;
}

export interface VolumeListResponse {
  Volumes?: Volume[];
  Warnings?: string[] | null;
}
