// Docker's image.InspectResponse.
import { declare } from "../go/declare.ts";
import type { GoType } from "../go/type.ts";

const declarations = `
image.InspectResponse
  ID string Id
  RepoTags []string
  RepoDigests []string
  Parent string
  Comment string
  Created string Created,omitempty
  Container string Container,omitempty
  ContainerConfig *container.Config ContainerConfig,omitempty
  DockerVersion string
  Author string
  Config *v1.DockerOCIImageConfig
  Architecture string
  Variant string Variant,omitempty
  Os string
  OsVersion string OsVersion,omitempty
  Size int64
  VirtualSize int64 VirtualSize,omitempty
  GraphDriver storage.DriverData
  RootFS image.RootFS
  Metadata image.Metadata
  Descriptor *v1.Descriptor Descriptor,omitempty
  Manifests []image.ManifestSummary Manifests,omitempty
container.Config
  Hostname string
image.RootFS
  Type string Type,omitempty
  Layers []string Layers,omitempty
image.Metadata
  LastTagTime time.Time LastTagTime,omitempty
image.ManifestSummary
  ID string
storage.DriverData
  Data map[string]string
  Name string
v1.DockerOCIImageConfig
  v1.ImageConfig
  v1.DockerOCIImageConfigExt
v1.ImageConfig
  User string User,omitempty
  ExposedPorts map[string]struct{} ExposedPorts,omitempty
  Env []string Env,omitempty
  Entrypoint []string Entrypoint,omitempty
  Cmd []string Cmd,omitempty
  Volumes map[string]struct{} Volumes,omitempty
  WorkingDir string WorkingDir,omitempty
  Labels map[string]string Labels,omitempty
  StopSignal string StopSignal,omitempty
  ArgsEscaped bool ArgsEscaped,omitempty
v1.DockerOCIImageConfigExt
  Healthcheck *v1.HealthcheckConfig Healthcheck,omitempty
  OnBuild []string OnBuild,omitempty
  Shell []string Shell,omitempty
v1.HealthcheckConfig
  Test []string Test,omitempty
  Interval time.Duration Interval,omitempty
  Timeout time.Duration Timeout,omitempty
  StartPeriod time.Duration StartPeriod,omitempty
  StartInterval time.Duration StartInterval,omitempty
  Retries int Retries,omitempty
v1.Descriptor
  MediaType string mediaType
  Digest digest.Digest digest
  Size int64 size
  URLs []string urls,omitempty
  Annotations map[string]string annotations,omitempty
  Platform *v1.Platform platform,omitempty
  ArtifactType string artifactType,omitempty
digest.Digest = string
v1.Platform
  Architecture string architecture
  OS string os
  OSVersion string os.version,omitempty
  OSFeatures []string os.features,omitempty
  Variant string variant,omitempty
`;

export function imageInspectType(): GoType {
  return declare(declarations)("image.InspectResponse");
}
