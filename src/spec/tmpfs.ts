import { EngineError } from "../base/errors.ts";
import type { Mount } from "./api/container.ts";

/** Options of mount(8) for tmpfs in pairs or groups that exclude each other. Those that would make another mount
 * of something that exists (bind, remount) are not among them. */
const groups = [
  ["ro", "rw"],
  ["suid", "nosuid"],
  ["dev", "nodev"],
  ["exec", "noexec"],
  ["sync", "async"],
  ["dirsync"],
  ["mand", "nomand"],
  ["atime", "noatime"],
  ["diratime", "nodiratime"],
  ["relatime", "norelatime"],
  ["strictatime", "nostrictatime"],
  ["private", "rprivate", "slave", "rslave", "shared", "rshared", "unbindable", "runbindable"],
];
const valued = ["mode", "size", "uid", "gid", "nr_inodes", "nr_blocks", "mpol"];
const defaults = ["noexec", "nosuid", "nodev"];

/** One `--tmpfs`: `PATH[:OPTIONS]`, as an entry of HostConfig.Tmpfs. */
export function parseTmpfsFlag(text: string): [path: string, options: string] {
  const colon = text.indexOf(":");
  return colon < 0 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 1)];
}

/**
 * The mount options of a tmpfs: Docker's defaults (noexec, nosuid, nodev) and those the user named; of options that
 * exclude each other the last one counts. Throws `invalid`.
 */
export function tmpfsOptions(text: string): string[] {
  const chosen = new Map<string, string>();
  for (const option of [...defaults, ...(text === "" ? [] : text.split(","))]) {
    if (option === "defaults") continue;
    const key = optionKey(option);
    chosen.delete(key);
    chosen.set(key, option);
  }
  return [...chosen.values()];
}

/** `--mount type=tmpfs` in the form of HostConfig.Tmpfs. Throws `invalid`. */
export function tmpfsOptionsOfMount(options: Mount["TmpfsOptions"], readOnly: boolean): string {
  const words = readOnly ? ["ro"] : [];
  if (options?.Mode) words.push(`mode=${options.Mode.toString(8)}`);
  if (options?.SizeBytes) words.push(`size=${sizeWord(options.SizeBytes)}`);
  for (const option of options?.Options ?? []) words.push(listedOption(option));
  return words.join(",");
}

/** The API's list of options takes these two words only. */
function listedOption(option: string[]): string {
  const [word = ""] = option;
  if (option.length !== 1 && option.length !== 2) throw invalid("invalid option array length");
  if (word !== "exec" && word !== "noexec") throw invalid(`invalid option: ${word}`);
  return word;
}

function optionKey(option: string): string {
  const group = groups.findIndex((words) => words.includes(option));
  if (group >= 0) return `group ${group}`;
  const equals = option.indexOf("=");
  const name = equals < 0 ? option : option.slice(0, equals);
  if (equals < 0 || !valued.includes(name)) throw invalid(`invalid tmpfs option ${JSON.stringify(name)}`);
  return name;
}

function sizeWord(bytes: number): string {
  const units = [
    ["g", 1024 ** 3],
    ["m", 1024 ** 2],
    ["k", 1024],
  ] as const;
  for (const [unit, size] of units) if (bytes % size === 0) return `${bytes / size}${unit}`;
  return String(bytes);
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
