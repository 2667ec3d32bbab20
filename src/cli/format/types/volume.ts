// Docker's volume.Volume.
import { declare } from "../go/declare.ts";
import type { GoType } from "../go/type.ts";

const declarations = `
volume.Volume
  ClusterVolume *volume.ClusterVolume ClusterVolume,omitempty
  CreatedAt string CreatedAt,omitempty
  Driver string
  Labels map[string]string
  Mountpoint string
  Name string
  Options map[string]string
  Scope string
  Status map[string]any Status,omitempty
  UsageData *volume.UsageData UsageData,omitempty
volume.ClusterVolume
  ID string
volume.UsageData
  RefCount int64
  Size int64
`;

export function volumeInspectType(): GoType {
  return declare(declarations)("volume.Volume");
}
