import { readFileSync, writeFileSync } from "node:fs";
import { sysctlPath } from "./netns.ts";

/** A kernel setting of this process's namespaces; undefined where this kernel has none of that name. */
export function readSysctl(name: string): string | undefined {
  try {
    return readFileSync(sysctlPath(name), "utf8").trim();
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Sets it where it exists and differs; answers whether it changed anything. */
export function writeSysctl(name: string, value: string): boolean {
  const current = readSysctl(name);
  if (current === undefined || current === value) return false;
  writeFileSync(sysctlPath(name), value);
  return true;
}
