import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { must, run } from "../test/support/command.ts";
import { busyboxTar } from "../test/support/images.ts";
import { cacheDirectory, gantryBinary } from "../test/support/paths.ts";
import { TestEngine } from "../test/support/test-engine.ts";

export const image = "bench-busybox:latest";

/** One engine with its own command line: what a user of it types. */
export interface Side {
  name: string;
  /** The command and its address. */
  command: string[];
  /** The engine's own processes. */
  pids(): number[];
  close(): Promise<void>;
}

export async function openGantry(): Promise<Side> {
  const engine = await TestEngine.start();
  const command = [gantryBinary, "-H", engine.host];
  await importImage(command);
  return {
    name: "gantry",
    command,
    pids: () => [engine.pid],
    close: async () => {
      await removeAll(command);
      await must([...command, "rmi", image]);
      const left = await engine.dispose();
      if (left.length > 0) console.error(`left behind: ${left.join(", ")}`);
    },
  };
}

/** The dockerd of GANTRY_PEER_HOST by the real docker client; undefined with the reason printed. */
export async function openPeer(): Promise<Side | undefined> {
  const host = process.env.GANTRY_PEER_HOST;
  const clients = process.env.GANTRY_CLIENTS ?? join(cacheDirectory, "clients");
  const docker = existsSync(join(clients, "bin", "docker")) ? join(clients, "bin", "docker") : "docker";
  if (host === undefined || (await run([docker, "-H", host, "version"])).code !== 0) {
    console.log("no peer: GANTRY_PEER_HOST names no dockerd that answers");
    return undefined;
  }
  const command = [docker, "-H", host];
  await importImage(command);
  return {
    name: "dockerd",
    command,
    pids: () => pidsOf(["dockerd", "containerd"]),
    close: async () => {
      await removeAll(command);
      await must([...command, "rmi", image]);
    },
  };
}

async function importImage(command: string[]): Promise<void> {
  await must([...command, "import", "-c", 'CMD ["sh"]', "-c", "ENV PATH=/bin", await busyboxTar(), image]);
}

/** Only what the benchmark itself made. */
export async function removeAll(command: string[]): Promise<void> {
  const ids = await must([...command, "ps", "-aq", "--filter", `ancestor=${image}`]);
  const names = ids.split("\n").filter((id) => id !== "");
  if (names.length > 0) await must([...command, "rm", "-f", ...names]);
}

export function residentBytes(pids: number[]): number {
  return pids.reduce((sum, pid) => sum + field(`/proc/${pid}/status`, "VmRSS"), 0);
}

/** Its share of shared pages only: what a process costs the machine. */
export function proportionalBytes(pids: number[]): number {
  return pids.reduce((sum, pid) => sum + field(`/proc/${pid}/smaps_rollup`, "Pss"), 0);
}

function field(path: string, name: string): number {
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(textOf(path))?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

/** Empty for a process that ended meanwhile. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

export function pidsOf(names: string[]): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => names.includes(nameOf(pid)))
    .map(Number);
}

function nameOf(pid: string): string {
  return textOf(`/proc/${pid}/comm`).trim();
}
