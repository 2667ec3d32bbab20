import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { listMounts, unmount } from "../../src/linux/mount.ts";
import { instanceNames } from "../../src/networks/instance-names.ts";
import { run } from "./command.ts";

/** What tells an engine's things from all others on the machine. */
export interface Marks {
  directory: string;
  instance: string;
}

/** Everything of an engine that is still on the machine, a line each: `mount /…`, `process 12 conmon …`. */
export async function findLeftovers(marks: Marks): Promise<string[]> {
  return [
    ...processesOf(marks).map(({ pid, command }) => `process ${pid} ${command}`),
    ...mountsOf(marks).map((target) => `mount ${target}`),
    ...linksOf(marks).map((name) => `link ${name}`),
    ...(await tablesOf(marks)).map((table) => `nft table ${table}`),
    ...cgroupsOf(marks).map((path) => `cgroup ${path}`),
    ...directoriesOf(marks).map((path) => `directory ${path}`),
  ];
}

/** Gives back all of it, and the engine's own directory. Idempotent; for after a failure or a crash of the tests. */
export async function removeEngineFiles(marks: Marks): Promise<void> {
  for (const { pid } of processesOf(marks)) kill(pid);
  for (const target of mountsOf(marks).toReversed()) unmount(target);
  for (const name of linksOf(marks)) await run(["ip", "link", "delete", name]);
  for (const table of await tablesOf(marks)) await run(["nft", "delete", "table", ...table.split(" ")]);
  for (const path of cgroupParentsOf(marks.instance)) removeCgroup(path);
  rmSync(marks.directory, { recursive: true, force: true });
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}

/** Daemon, monitors and their children by command line; containers' processes by the root they live on. */
function processesOf({ directory }: Marks): { pid: number; command: string }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((name) => ({
      pid: Number(name),
      command: readText(`/proc/${name}/cmdline`).replaceAll("\0", " ").trim(),
    }))
    .filter(({ pid, command }) => command.includes(`${directory}/`) || rootOf(pid).includes(`${directory}/`));
}

function rootOf(pid: number): string {
  const lines = readText(`/proc/${pid}/mountinfo`).split("\n");
  return lines.find((line) => line.split(" ")[4] === "/") ?? "";
}

function mountsOf({ directory }: Marks): string[] {
  return listMounts()
    .filter(
      ({ target, superOptions }) =>
        `${target}/`.startsWith(`${directory}/`) || superOptions.includes(`${directory}/`),
    )
    .map(({ target }) => target);
}

function linksOf({ instance }: Marks): string[] {
  const { bridge, linkPrefix } = instanceNames(instance);
  return readdirSync("/sys/class/net").filter((name) => name === bridge || name.startsWith(linkPrefix));
}

async function tablesOf({ instance }: Marks): Promise<string[]> {
  const { table } = instanceNames(instance);
  const { stdout } = await run(["nft", "list", "tables"]);
  return [...stdout.matchAll(/^table (\S+ (\S+))$/gm)]
    .filter(([, , name]) => name === table)
    .map(([, whole]) => whole ?? "");
}

/** The parent of all control groups of a test engine's containers; it stays, what is in it must not. */
export function cgroupParent(instance: string): string {
  return `/gantry-test-${instance}`;
}

function cgroupsOf({ instance }: Marks): string[] {
  return cgroupParentsOf(instance).flatMap(subdirectories);
}

/** In every hierarchy of version 1, or in the only one of version 2. */
function cgroupParentsOf(instance: string): string[] {
  const roots = ["/sys/fs/cgroup", ...subdirectories("/sys/fs/cgroup")];
  return roots.map((root) => join(root, cgroupParent(instance))).filter((path) => existsSync(path));
}

function subdirectories(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(path, entry.name));
  } catch {
    return [];
  }
}

function removeCgroup(path: string): void {
  for (const child of subdirectories(path)) removeCgroup(child);
  try {
    rmdirSync(path);
  } catch {
    // Still holds a process that is on its way out, or is gone: the next sweep sees.
  }
}

/** Directories that belong to one container each, in the data and exec roots. */
function directoriesOf({ directory }: Marks): string[] {
  const parents = ["data/containers", "run/containers"].map((name) => join(directory, name));
  return parents.filter((path) => existsSync(path)).flatMap((path) => subdirectories(path));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
