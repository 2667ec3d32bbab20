import { resolve } from "node:path";
import { EngineError } from "../base/errors.ts";
import type { Mount } from "./api/container.ts";
import { parseBool } from "./boolean.ts";
import { parseCsvRecord } from "./csv.ts";
import { parseBytes } from "./size.ts";

type Setter = (mount: Mount, value: string, key: string) => void;

const keys: Record<string, Setter> = {
  type: (mount, value) => {
    mount.Type = value.toLowerCase() as NonNullable<Mount["Type"]>;
  },
  target: (mount, value) => {
    mount.Target = value;
  },
  readonly: (mount, value, key) => {
    mount.ReadOnly = flagValue(key, value);
  },
  consistency: (mount, value) => {
    mount.Consistency = value.toLowerCase();
  },
  "bind-propagation": (mount, value) => {
    bind(mount).Propagation = value.toLowerCase() as NonNullable<Mount["BindOptions"]>["Propagation"];
  },
  "bind-nonrecursive": (mount, value, key) => {
    bind(mount).NonRecursive = flagValue(key, value);
  },
  "bind-recursive": setRecursive,
  "volume-subpath": (mount, value) => {
    volume(mount).Subpath = value;
  },
  "volume-nocopy": (mount, value, key) => {
    volume(mount).NoCopy = flagValue(key, value);
  },
  "volume-label": (mount, value) => addPair((volume(mount).Labels ??= {}), value),
  "volume-driver": (mount, value) => {
    (volume(mount).DriverConfig ??= {}).Name = value;
  },
  "volume-opt": (mount, value) => addPair(((volume(mount).DriverConfig ??= {}).Options ??= {}), value),
  "image-subpath": (mount, value) => {
    (mount.ImageOptions ??= {}).Subpath = value;
  },
  "tmpfs-size": (mount, value, key) => {
    (mount.TmpfsOptions ??= {}).SizeBytes = numberOr(key, value, () => parseBytes(value));
  },
  "tmpfs-mode": (mount, value, key) => {
    (mount.TmpfsOptions ??= {}).Mode = numberOr(key, value, () => octal(value));
  },
};
const aliases: Record<string, string> = { dst: "target", destination: "target", ro: "readonly" };
/** Keys that may stand without a value. */
const switches = ["readonly", "ro", "volume-nocopy", "bind-nonrecursive"];

/**
 * One `--mount`: comma-separated `key=value`. A source that starts with `.` is made absolute from `directory`.
 * Throws `invalid` with the docker command's words; what the engine checks is left to it.
 */
export function parseMountFlag(text: string, directory: string): Mount {
  const mount: Mount = { Type: "volume" };
  for (const field of parseCsvRecord(text)) setField(mount, field, directory);
  checkMix(mount);
  return mount;
}

function setField(mount: Mount, field: string, directory: string): void {
  const equals = field.indexOf("=");
  const key = (equals < 0 ? field : field.slice(0, equals)).toLowerCase();
  if (equals < 0 && !switches.includes(key)) {
    throw invalid(`invalid field '${field}' must be a key=value pair`);
  }
  const value = equals < 0 ? "true" : field.slice(equals + 1);
  if (key === "source" || key === "src") {
    mount.Source = value === "." || value.startsWith("./") ? resolve(directory, value) : value;
    return;
  }
  const set = keys[aliases[key] ?? key];
  if (set === undefined) throw invalid(`unexpected key '${key}' in '${field}'`);
  set(mount, value, key);
}

function checkMix(mount: Mount): void {
  if (!mount.Type) throw invalid("type is required");
  if (!mount.Target) throw invalid("target is required");
  const families = {
    volume: mount.VolumeOptions,
    bind: mount.BindOptions,
    tmpfs: mount.TmpfsOptions,
    image: mount.ImageOptions,
  };
  for (const [family, options] of Object.entries(families)) {
    if (options === undefined || mount.Type === family) continue;
    throw invalid(`cannot mix '${family}-*' options with mount type '${mount.Type}'`);
  }
  checkRecursive(mount);
}

function needs(option: string, needed: string): EngineError {
  return invalid(`option 'bind-recursive=${option}' requires '${needed}' to be specified in conjunction`);
}

/** A read-only bind leaves the mounts below it writable, unless `bind-recursive` says otherwise. */
function checkRecursive({ ReadOnly, BindOptions = {} }: Mount): void {
  if (BindOptions.ReadOnlyNonRecursive && !ReadOnly) throw needs("writable", "readonly");
  if (!BindOptions.ReadOnlyForceRecursive) return;
  if (!ReadOnly) throw needs("readonly", "readonly");
  if (BindOptions.Propagation !== "rprivate") throw needs("readonly", "bind-propagation=rprivate");
}

function setRecursive(mount: Mount, value: string): void {
  switch (value) {
    case "enabled":
      return;
    case "disabled":
      bind(mount).NonRecursive = true;
      return;
    case "writable":
      bind(mount).ReadOnlyNonRecursive = true;
      return;
    case "readonly":
      bind(mount).ReadOnlyForceRecursive = true;
      return;
    default:
      throw invalid(
        `invalid value for bind-recursive: ${value} (must be "enabled", "disabled", "writable", or "readonly")`,
      );
  }
}

function bind(mount: Mount): NonNullable<Mount["BindOptions"]> {
  return (mount.BindOptions ??= {});
}

function volume(mount: Mount): NonNullable<Mount["VolumeOptions"]> {
  return (mount.VolumeOptions ??= { DriverConfig: {} });
}

/** `a=b` or `a`, which stands for an empty value. */
function addPair(map: Record<string, string>, pair: string): void {
  const equals = pair.indexOf("=");
  map[equals < 0 ? pair : pair.slice(0, equals)] = equals < 0 ? "" : pair.slice(equals + 1);
}

function flagValue(key: string, value: string): boolean {
  const flag = parseBool(value);
  if (flag === undefined) throw invalid(`invalid value for ${key}: ${value}`);
  return flag;
}

function numberOr(key: string, value: string, read: () => number): number {
  try {
    return read();
  } catch (error) {
    throw new EngineError("invalid", `invalid value for ${key}: ${value}`, error);
  }
}

function octal(text: string): number {
  if (!/^[0-7]{1,11}$/.test(text)) throw invalid("not an octal number");
  return Number.parseInt(text, 8);
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
