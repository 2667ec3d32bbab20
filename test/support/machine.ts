import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listMounts } from "../../src/linux/mount.ts";
import { Cgroup } from "../../src/linux/cgroup.ts";
import { run } from "./command.ts";

/** Everything on the machine that looks like an engine's, whichever engine or test made it: a line each. */
export async function engineThings(): Promise<string[]> {
  return [...mounts(), ...links(), ...(await tables()), ...processes(), ...directories(), ...groups()].sort();
}

function mounts(): string[] {
  return listMounts()
    .filter(({ target, superOptions }) => /gantry/.test(target + superOptions))
    .map(({ target }) => `mount ${target}`);
}

function links(): string[] {
  return readdirSync("/sys/class/net")
    .filter((name) => /^(gantry|gty|gv)[0-9a-f]/.test(name))
    .map((name) => `link ${name}`);
}

async function tables(): Promise<string[]> {
  const { stdout } = await run(["nft", "list", "tables"]);
  return stdout.split("\n").filter((line) => /\bgantry/.test(line));
}

function processes(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({ pid, words: commandLine(pid) }))
    .filter(
      ({ words: [program = "", role] }) =>
        /(^|\/)(conmon|crun)$/.test(program) || (program.endsWith("gantry") && role === "daemon"),
    )
    .map(({ pid, words }) => `process ${pid} ${words.slice(0, 8).join(" ")}`);
}

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

function directories(): string[] {
  return readdirSync(tmpdir())
    .filter((name) => name.startsWith("gantry-"))
    .map((name) => `directory ${name}`);
}

/**
 * Groups right below a root whose names are not systemd's: `--cgroup-parent` may have any. And those of containers,
 * wherever; not the parent that all engines share.
 */
function groups(): string[] {
  const top = new Cgroup("/")
    .directories()
    .flatMap(groupsIn)
    .filter((path) => !/\.(slice|scope|service|mount)$/.test(path));
  const ofContainers = top.flatMap(groupsIn).filter((path) => /[0-9a-f]{64}/.test(path));
  return [...top, ...ofContainers]
    .filter((path) => !path.endsWith("/gantry"))
    .map((path) => `cgroup ${path}`);
}

function groupsIn(directory: string): string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => join(directory, entry.name));
  } catch {
    return [];
  }
}
