import { mkdirSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { errnoOf, messageOf } from "../base/errors.ts";
import { CommandError } from "./command.ts";

/** Everything config.json holds, also what this program does not know. */
export type RawConfig = Record<string, unknown>;

/**
 * Changes config.json in one step: what is not touched stays, a symbolic link is followed, the mode is kept. A file that
 * gets a secret is its owner's alone, whatever it was before.
 */
export function updateConfig(
  directory: string,
  change: (config: RawConfig) => void,
  { secret = false } = {},
): void {
  const path = realPath(join(directory, "config.json"));
  const config = readRaw(path);
  change(config);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}${process.pid}.tmp`;
  writeFileSync(temporary, JSON.stringify(config, undefined, "\t"), {
    mode: modeOf(path) & (secret ? 0o600 : 0o777),
  });
  renameSync(temporary, path);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function modeOf(path: string): number {
  return (statSync(path, { throwIfNoEntry: false })?.mode ?? 0o600) & 0o777;
}

function readRaw(path: string): RawConfig {
  try {
    return { auths: {}, ...(JSON.parse(readFileSync(path, "utf8")) as RawConfig) };
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return { auths: {} };
    throw new CommandError(`loading config file: ${path}: ${messageOf(error)}`);
  }
}
