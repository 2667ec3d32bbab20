import { accessSync, constants, existsSync, mkdirSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { EngineError, errnoOf, messageOf } from "../base/errors.ts";
import { listMounts, mount, unmount } from "../linux/mount.ts";
import type { EngineConfig } from "./config.ts";

/** Programs of other packages that the engine runs. */
interface Need {
  /** Any one of them is enough. */
  programs: string[];
  /** Package name for every package manager that names it otherwise than the first program. */
  package: string;
}

const installCommands: Record<string, string> = {
  "apt-get": "apt-get install",
  dnf: "dnf install",
  apk: "apk add",
  pacman: "pacman -S",
  zypper: "zypper install",
};

/** Refuses to start where it could not work, saying what to do about it. Call before anything is taken. */
export function checkMachine(config: EngineConfig): void {
  if (process.getuid?.() !== 0)
    throw new EngineError(
      "forbidden",
      "the engine needs to run as root: start it with sudo, or as a system service",
    );
  extendPath();
  const needs: Need[] = [
    {
      programs: ["crun", "runc", ...Object.values(config.runtimes).map(({ path }) => path)],
      package: "crun",
    },
    { programs: ["conmon"], package: "conmon" },
    { programs: ["nft"], package: "nftables" },
  ];
  const missing = needs.filter((need) => !need.programs.some(isProgram));
  if (missing.length > 0) throw new EngineError("unavailable", missingMessage(missing));
}

/** The directories of system programs, which a user's PATH may lack. */
function extendPath(): void {
  const directories = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  for (const directory of ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"])
    if (!directories.includes(directory)) directories.push(directory);
  process.env.PATH = directories.join(delimiter);
}

/** Where a program is, if it is anywhere. */
export function findProgram(name: string): string | undefined {
  const directories = name.includes("/") ? [""] : (process.env.PATH ?? "").split(delimiter);
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

function isProgram(name: string): boolean {
  return findProgram(name) !== undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function missingMessage(missing: Need[]): string {
  const manager = Object.keys(installCommands).find(isProgram);
  const names = missing.map((need) => need.programs.slice(0, 2).join(" or ")).join(", ");
  const packages = missing.map((need) => need.package).join(" ");
  const how = manager === undefined ? `the packages ${packages}` : `${installCommands[manager]} ${packages}`;
  return `these programs are missing: ${names}. Install them: ${how}`;
}

/** Tries a real overlay mount on the data root: only the kernel knows whether its file system can carry one. */
export function checkOverlay(dataRoot: string): void {
  const probe = join(dataRoot, ".overlay-probe");
  const [lower, upper, work, merged] = ["lower", "upper", "work", "merged"].map((name) =>
    join(probe, name),
  ) as [string, string, string, string];
  try {
    if (existsSync(probe)) clearProbe(probe, merged);
    for (const directory of [lower, upper, work, merged]) mkdirSync(directory, { recursive: true });
    mount("overlay", merged, "overlay", 0, `lowerdir=${lower},upperdir=${upper},workdir=${work}`);
  } catch (error) {
    throw new EngineError("unavailable", overlayMessage(dataRoot, error), error);
  } finally {
    clearProbe(probe, merged);
  }
}

function clearProbe(probe: string, merged: string): void {
  unmount(merged);
  rmSync(probe, { recursive: true, force: true });
}

function overlayMessage(dataRoot: string, error: unknown): string {
  if (errnoOf(error) === "EPERM")
    return "mounting is not permitted here: the engine needs CAP_SYS_ADMIN (in a container: --privileged)";
  if (errnoOf(error) === "ENODEV")
    return "the kernel has no overlay file system: load it with modprobe overlay";
  const under = listMounts()
    .filter(({ target }) => `${dataRoot}/`.startsWith(target === "/" ? "/" : `${target}/`))
    .at(-1);
  const type = under === undefined ? "" : ` (${under.type} on ${under.target})`;
  return `the file system of ${dataRoot}${type} cannot carry overlay layers: ${messageOf(error)}. Choose another with --data-root`;
}
