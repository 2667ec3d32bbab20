import { EngineError } from "../base/errors.ts";

/** The kernel parameters of the ipc namespace; the others below are whole trees. */
const ipc = [
  "kernel.msgmax",
  "kernel.msgmnb",
  "kernel.msgmni",
  "kernel.sem",
  "kernel.shmall",
  "kernel.shmmax",
  "kernel.shmmni",
  "kernel.shm_rmid_forced",
];
const trees = ["net.", "fs.mqueue."];

/** The namespace a parameter belongs to; undefined for one that no namespace keeps apart. */
export function sysctlNamespace(name: string): "ipc" | "network" | undefined {
  if (name.startsWith("net.")) return "network";
  return ipc.includes(name) || name.startsWith("fs.mqueue.") ? "ipc" : undefined;
}

/** One `--sysctl`: `NAME=VALUE`. Throws `invalid` with the docker command's words. */
export function parseSysctl(text: string): [name: string, value: string] {
  const equals = text.indexOf("=");
  const name = text.slice(0, Math.max(equals, 0));
  if (ipc.includes(name) || trees.some((tree) => name.startsWith(tree)))
    return [name, text.slice(equals + 1)];
  throw new EngineError("invalid", `sysctl '${text}' is not allowed`);
}
