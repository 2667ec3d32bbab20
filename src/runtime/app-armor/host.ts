import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { text } from "node:stream/consumers";
import { appArmorEnabled, appArmorProfileLoaded } from "../../linux/apparmor.ts";
import { findProgram } from "../runtimes.ts";

/** What AppArmor on a machine can do and has. */
export interface AppArmorHost {
  /** Whether the kernel confines programs by profiles. */
  enabled(): boolean;
  isLoaded(profile: string): boolean;
  /** Whether a file of AppArmor's own is there. */
  has(path: string): boolean;
  /** Brings a profile into the kernel; answers what kept it from that. */
  load(text: string): Promise<string | undefined>;
}

export const kernelAppArmor: AppArmorHost = {
  enabled: appArmorEnabled,
  isLoaded: appArmorProfileLoaded,
  has: existsSync,
  load: loadByParser,
};

async function loadByParser(profile: string): Promise<string | undefined> {
  const parser = findProgram("apparmor_parser") ?? "/usr/sbin/apparmor_parser";
  if (!existsSync(parser)) return "apparmor_parser is missing (install apparmor)";
  // Replaces, and looks at no cache: the text may be another than the last engine's.
  const child = spawn(parser, ["--skip-cache", "--replace"], { stdio: ["pipe", "ignore", "pipe"] });
  child.stdin.on("error", () => {});
  child.stdin.end(profile);
  const ended = new Promise<string | undefined>((resolve) => {
    child.once("error", ({ message }) => resolve(message));
    child.once("close", (code) => resolve(code === 0 ? undefined : `it ended with ${code}`));
  });
  const [problem, errors] = await Promise.all([ended, text(child.stderr)]);
  return problem && `apparmor_parser: ${errors.trim() || problem}`;
}
