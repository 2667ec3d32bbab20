import { readFileSync } from "node:fs";
import { errnoOf } from "../base/errors.ts";

const enabledFile = "/sys/module/apparmor/parameters/enabled";
const profilesFile = "/sys/kernel/security/apparmor/profiles";

/** Whether this kernel confines programs by AppArmor profiles. */
export function appArmorEnabled(): boolean {
  return readText(enabledFile)?.startsWith("Y") ?? false;
}

/** Whether a profile of that name is loaded into the kernel. */
export function appArmorProfileLoaded(name: string): boolean {
  return (readText(profilesFile) ?? "").split("\n").some((line) => line.startsWith(`${name} (`));
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
