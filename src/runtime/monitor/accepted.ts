import { readdirSync, readlinkSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const maxLooks = 200;

/**
 * Connects and resolves once the process has accepted. conmon takes one connection a turn of its loop, before it
 * looks at the container's output: the first is always in time, of a further one it must be awaited.
 */
export async function connectAccepted<T>(pid: number, connect: () => Promise<T>): Promise<T> {
  const before = countSockets(pid);
  const connection = await connect();
  for (let look = 0; look < maxLooks && countSockets(pid) <= before; look += 1) await delay(1);
  return connection;
}

function countSockets(pid: number): number {
  try {
    const directory = `/proc/${pid}/fd`;
    return readdirSync(directory).filter((fd) => isSocket(`${directory}/${fd}`)).length;
  } catch {
    return 0;
  }
}

function isSocket(path: string): boolean {
  try {
    return readlinkSync(path).startsWith("socket:");
  } catch {
    return false;
  }
}
