// Wire types of the Docker Engine API v1.51 (OpenAPI definitions of the same names).
import type { ContainerConfig, DriverData, HealthConfig } from "./container.ts";
import type { ErrorDetail, ProgressDetail } from "./system.ts";

export interface ImageConfig {
  User?: string;
  ExposedPorts?: Record<string, Record<string, unknown>> | null;
  Env?: string[];
  Cmd?: string[];
  Healthcheck?: HealthConfig;
  ArgsEscaped?: boolean | null;
  Volumes?: Record<string, Record<string, unknown>>;
  WorkingDir?: string;
  Entrypoint?: string[];
  OnBuild?: string[] | null;
  Labels?: Record<string, string>;
  StopSignal?: string | null;
  Shell?: string[] | null;
}

export interface ImageHistoryResponseItem {
  Id?: string;
  Created?: number;
  CreatedBy?: string;
  Tags?: string[];
  Size?: number;
  Comment?: string;
}

export interface ImageInspect {
  Id?: string;
  Descriptor?: OCIDescriptor;
  Manifests?: ImageManifestSummary[] | null;
  RepoTags?: string[];
  RepoDigests?: string[];
  Parent?: string;
  Comment?: string;
  Created?: string | null;
  DockerVersion?: string;
  Author?: string;
  Config?: ImageConfig;
  /** Before 1.45, always empty. */
  ContainerConfig?: ContainerConfig;
  Architecture?: string;
  Variant?: string | null;
  Os?: string;
  OsVersion?: string | null;
  Size?: number;
  /** Before 1.44, the same as Size. */
  VirtualSize?: number;
  GraphDriver?: DriverData;
  RootFS?: {
    Type?: string;
    Layers?: string[];
  };
  Metadata?: {
    LastTagTime?: string | null;
  };
  /** A field of this engine's own: signatures that the image policy required and that were found good at the pull. */
  Verified?: ImageVerification[];
}

export interface ImageVerification {
  Repository: string;
  /** Of the manifest or index that was signed. */
  Digest: string;
  /** Fingerprint of the key that had signed. */
  Key: string;
  KeyFile: string;
  At: string;
}

export interface ImageSummary {
  Id?: string;
  ParentId?: string;
  RepoTags?: string[];
  RepoDigests?: string[];
  Created?: number;
  Size?: number;
  /** Before 1.44, the same as Size. */
  VirtualSize?: number;
  SharedSize?: number;
  Labels?: Record<string, string>;
  Containers?: number;
  Manifests?: ImageManifestSummary[];
  Descriptor?: OCIDescriptor;
}

export interface ImageDeleteResponseItem {
  Untagged?: string;
  Deleted?: string;
}

export interface ImageManifestSummary {
  ID?: string;
  Descriptor?: OCIDescriptor;
  Available?: boolean;
  Size?: {
    Total?: number;
    Content?: number;
  };
  Kind?: "image" | "attestation" | "unknown";
  ImageData?: {
    Platform?: OCIPlatform;
    Containers?: string[];
    Size?: {
      Unpacked?: number;
    };
  } | null;
  AttestationData?: {
    For?: string;
  } | null;
}

export interface OCIDescriptor {
  mediaType?: string;
  digest?: string;
  size?: number;
  urls?: string[] | null;
  annotations?: Record<string, string> | null;
  data?: string | null;
  platform?: OCIPlatform;
  artifactType?: string | null;
}

export interface OCIPlatform {
  architecture?: string;
  os?: string;
  "os.version"?: string;
  "os.features"?: string[];
  variant?: string;
}

export interface AuthConfig {
  username?: string;
  password?: string;
  email?: string;
  serveraddress?: string;
}

export interface CreateImageInfo {
  id?: string;
  error?: string | null;
  errorDetail?: ErrorDetail;
  status?: string;
  progress?: string | null;
  progressDetail?: ProgressDetail;
}

export interface PushImageInfo {
  error?: string | null;
  errorDetail?: ErrorDetail;
  status?: string;
  progress?: string | null;
  progressDetail?: ProgressDetail;
}

export interface BuildInfo {
  id?: string;
  stream?: string;
  error?: string | null;
  errorDetail?: ErrorDetail;
  status?: string;
  progress?: string | null;
  progressDetail?: ProgressDetail;
  aux?: ImageID;
}

export interface BuildCache {
  ID?: string;
  Parents?: string[] | null;
  Type?: "internal" | "frontend" | "source.local" | "source.git.checkout" | "exec.cachemount" | "regular";
  Description?: string;
  InUse?: boolean;
  Shared?: boolean;
  Size?: number;
  CreatedAt?: string;
  LastUsedAt?: string | null;
  UsageCount?: number;
}

export interface ImageID {
  ID?: string;
}

/** A manifest as a registry has it: the answer of GET /distribution/{name}/manifest, an endpoint of this engine's own. */
export interface RegistryManifest {
  Digest: string;
  MediaType: string;
  Size: number;
  Platform?: OCIPlatform;
  /** Its bytes, in base64. */
  Raw: string;
  /** Of an index, where they were asked for. */
  Manifests?: RegistryManifest[];
}

export interface DistributionInspect {
  Descriptor?: OCIDescriptor;
  Platforms?: OCIPlatform[];
}
