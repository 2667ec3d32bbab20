// From HostConfig.{Binds,Mounts,Tmpfs,VolumesFrom} and the volumes of the image and the container's own configuration
// to one list of mount points: dockerd's precedence and errors, without touching anything.
import { EngineError } from "../base/errors.ts";
import type { HostConfig, Mount } from "../spec/api/container.ts";
import { checkDestination, checkForeignOptions, checkMount, clean } from "../spec/mount-check.ts";
import type { Digest } from "../spec/digest.ts";
import { tmpfsOptionsOfMount } from "../spec/tmpfs.ts";
import { parseBinding, parseVolumesFrom } from "../spec/volume-binding.ts";

/** One mount point, decided but not made. Plain data: it is kept with the container as JSON. */
export interface PlannedMount {
  type: "bind" | "volume" | "tmpfs" | "image";
  /** Absolute and clean. */
  destination: string;
  /** bind: the host's path; image: its reference; else empty. */
  source: string;
  readOnly: boolean;
  /** As `inspect` shows it. */
  mode: string;
  /** bind: rprivate, rslave, …; else empty. */
  propagation: string;
  bind?: {
    /** A source that is missing at start is made, as a directory. */
    createSource: boolean;
    nonRecursive: boolean;
    /** How a read-only bind treats the mounts below it: as far as the kernel can, not at all, or for sure. */
    readOnlyBelow: "if-possible" | "never" | "always";
  };
  volume?: {
    name: string;
    /** The user gave no name: `rm -v` and `--rm` remove it. */
    anonymous: boolean;
    /** Empty for the default. */
    driver: string;
    driverOptions: Record<string, string>;
    labels: Record<string, string>;
    /** Fill it from the image when it is empty. */
    copyUp: boolean;
    subpath: string;
  };
  /** Comma-separated options of a tmpfs, as HostConfig.Tmpfs has them. */
  tmpfs?: string;
  /** Of an image, once it has been looked up. */
  imageId?: Digest;
  /** Path inside an image. */
  imageSubpath?: string;
}

export interface MountPlan {
  /** In the order of declaration; `inspect` shows these. */
  points: PlannedMount[];
  /** HostConfig.Tmpfs; `inspect` shows them in HostConfig alone. */
  tmpfs: PlannedMount[];
}

export interface MountRequest {
  hostConfig: Pick<HostConfig, "Binds" | "Mounts" | "Tmpfs" | "VolumesFrom" | "VolumeDriver">;
  /** Keys of Config.Volumes, the image's included. */
  volumes: readonly string[];
}

/** What the plan must ask of the engine and the host. */
export interface MountContext {
  /** Mount points of another container. Throws not-found. */
  mountsOf(container: string): readonly PlannedMount[];
  /** Whether a bind's source is there. */
  sourceExists(path: string): boolean;
  /** The engine's data root: a private bind of it would keep its mounts busy. */
  dataRoot: string;
  /** A name for an anonymous volume: 64 hexadecimal digits. */
  newVolumeName(): string;
}

/** Throws `invalid` with dockerd's words. */
export function planMounts({ hostConfig, volumes }: MountRequest, context: MountContext): MountPlan {
  const mounts = hostConfig.Mounts ?? [];
  for (const mount of mounts) checkForeignOptions(mount);
  for (const mount of mounts) checkApiMount(mount, context);
  const tmpfs = planTmpfs(hostConfig.Tmpfs ?? {});
  const taken = new Set(tmpfs.map((mount) => mount.destination));

  const points = new Map<string, PlannedMount>();
  const put = (mount: PlannedMount) => {
    // Deleted first, so that an overridden point does not keep the older place.
    points.delete(mount.destination);
    points.set(mount.destination, mount);
  };
  for (const text of hostConfig.VolumesFrom ?? []) for (const mount of inherited(text, context)) put(mount);
  const declared = new Set<string>();
  const declare = (mount: PlannedMount, shown: string, blocked: boolean) => {
    if (blocked || declared.has(mount.destination)) throw invalid(`Duplicate mount point: ${shown}`);
    declared.add(mount.destination);
    put(mount);
  };
  for (const raw of hostConfig.Binds ?? []) {
    const mount = planBinding(raw, hostConfig.VolumeDriver ?? "", context);
    declare(mount, mount.destination, taken.has(mount.destination));
  }
  for (const mount of mounts) declare(planMount(mount, context), mount.Target ?? "", false);
  for (const path of volumes) {
    const mount = planAnonymous(path, hostConfig.VolumeDriver ?? "", context);
    if (!points.has(mount.destination) && !taken.has(mount.destination)) put(mount);
  }
  return { points: [...points.values()], tmpfs };
}

/** Every mount to make, parents before what lies in them. A `--tmpfs` covers another mount at the same place. */
export function inMountOrder({ points, tmpfs }: MountPlan): PlannedMount[] {
  const depth = ({ destination }: PlannedMount) => destination.split("/").length;
  return [...points, ...tmpfs].sort((a, b) => depth(a) - depth(b));
}

function checkApiMount(mount: Mount, context: MountContext): void {
  checkMount(mount);
  const { Type, Source = "", BindOptions } = mount;
  if (Type !== "bind" || BindOptions?.CreateMountpoint || context.sourceExists(Source)) return;
  throw invalid(`invalid mount config for type "bind": bind source path does not exist: ${Source}`);
}

function planTmpfs(tmpfs: Record<string, string>): PlannedMount[] {
  return Object.entries(tmpfs).map(([path, options]) => {
    checkDestination(path);
    return {
      type: "tmpfs",
      destination: clean(path),
      source: "",
      readOnly: options.split(",").includes("ro"),
      mode: "",
      propagation: "",
      tmpfs: options,
    };
  });
}

/** Modes are not inherited as words; what they meant is. Copy-up was the other container's affair. */
function inherited(text: string, context: MountContext): PlannedMount[] {
  const { container, readOnly } = parseVolumesFrom(text);
  return context.mountsOf(container).map((mount) => ({
    ...mount,
    mode: "",
    readOnly: mount.readOnly || readOnly,
    ...(mount.volume && { volume: { ...mount.volume, copyUp: false } }),
  }));
}

function planBinding(raw: string, volumeDriver: string, context: MountContext): PlannedMount {
  const { mount, mode } = parseBinding(raw, volumeDriver);
  const planned = planMount(mount, context);
  if (planned.bind) planned.bind.createSource = true;
  return { ...planned, mode: mode === "" ? planned.mode : mode };
}

function planMount(mount: Mount, context: MountContext): PlannedMount {
  const base = {
    destination: clean(mount.Target ?? ""),
    source: "",
    readOnly: mount.ReadOnly ?? false,
    mode: "",
    propagation: "",
  };
  switch (mount.Type) {
    case "bind":
      return { ...base, type: "bind", ...planBind(mount, context) };
    case "tmpfs":
      return {
        ...base,
        type: "tmpfs",
        tmpfs: tmpfsOptionsOfMount(mount.TmpfsOptions, mount.ReadOnly ?? false),
      };
    case "image":
      return {
        ...base,
        type: "image",
        source: mount.Source ?? "",
        readOnly: true,
        propagation: "rprivate",
        imageSubpath: mount.ImageOptions?.Subpath ?? "",
      };
    default:
      // dockerd marks every volume that it was asked for by name or mount with the SELinux mode `z`.
      return { ...base, type: "volume", mode: "z", volume: planVolume(mount, context) };
  }
}

function planBind(
  { Source = "", BindOptions: options = {} }: Mount,
  context: MountContext,
): Pick<PlannedMount, "source" | "propagation" | "bind"> {
  return {
    source: clean(Source),
    propagation: bindPropagation(Source, options.Propagation ?? "", context.dataRoot),
    bind: {
      createSource: options.CreateMountpoint ?? false,
      nonRecursive: options.NonRecursive ?? false,
      readOnlyBelow: options.ReadOnlyForceRecursive
        ? "always"
        : options.ReadOnlyNonRecursive
          ? "never"
          : "if-possible",
    },
  };
}

/**
 * A bind that shows the engine's own mounts must let go of them when the engine unmounts: it is a slave, or an
 * unmount there would never free anything.
 */
function bindPropagation(source: string, wanted: string, dataRoot: string): string {
  const path = clean(source);
  if (!contains(path, dataRoot) && !contains(dataRoot, path)) return wanted || "rprivate";
  if (wanted === "" || wanted === "rslave" || wanted === "rshared") return wanted || "rslave";
  throw invalid(
    `invalid mount config: must use either propagation mode "rslave" or "rshared" when mount source is within the daemon root, daemon root: ${JSON.stringify(dataRoot)}, bind mount source: ${JSON.stringify(source)}, propagation: ${JSON.stringify(wanted)}`,
  );
}

function contains(directory: string, path: string): boolean {
  return path === directory || path.startsWith(directory === "/" ? "/" : `${directory}/`);
}

function planVolume({ Source = "", VolumeOptions: options = {} }: Mount, context: MountContext) {
  return {
    name: Source === "" ? context.newVolumeName() : Source,
    anonymous: Source === "",
    driver: options.DriverConfig?.Name ?? "",
    driverOptions: options.DriverConfig?.Options ?? {},
    labels: options.Labels ?? {},
    copyUp: options.NoCopy !== true,
    subpath: options.Subpath ?? "",
  };
}

/** A path of Config.Volumes. dockerd takes relative ones too; they can only mean the root. */
function planAnonymous(path: string, driver: string, context: MountContext): PlannedMount {
  const destination = clean(`/${path}`);
  checkDestination(destination);
  const DriverConfig = driver === "" ? undefined : { Name: driver };
  const volume = planVolume({ ...(DriverConfig && { VolumeOptions: { DriverConfig } }) }, context);
  return { type: "volume", destination, source: "", readOnly: false, mode: "", propagation: "", volume };
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
