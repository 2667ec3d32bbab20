import { randomBytes } from "node:crypto";
import {
  constants,
  type Stats,
  lstatSync,
  openSync,
  closeSync,
  writeSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { errnoOf } from "../base/errors.ts";
import { CommandError } from "./command.ts";
import { writeAll } from "./write-all.ts";

/** A file that appears whole or not at all. */
export interface OutputFile {
  write(chunk: Uint8Array): void;
  commit(): void;
  abort(): void;
}

/** Opens a temporary file beside `path`, of mode 0600. Throws docker's words where nothing can be written. */
export function openOutputFile(path: string, failure: string): OutputFile {
  const target = resolve(path);
  const problem = problemWith(target);
  if (problem !== undefined) throw new CommandError(`${failure}: ${problem}`);
  const temporary = join(dirname(target), `.${randomBytes(6).toString("hex")}.tmp`);
  const fd = openSync(temporary, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
  return {
    write: (chunk) => writeAll(chunk, (bytes) => writeSync(fd, bytes)),
    commit: () => {
      closeSync(fd);
      renameSync(temporary, target);
    },
    abort: () => {
      closeSync(fd);
      rmSync(temporary, { force: true });
    },
  };
}

function problemWith(target: string): string | undefined {
  const directory = dirname(target);
  try {
    if (!statSync(directory).isDirectory()) return `invalid output path: not a directory: ${directory}`;
  } catch (error) {
    if (errnoOf(error) === "ENOENT")
      return `invalid output path: stat ${directory}: no such file or directory`;
    throw error;
  }
  const stats = lstatSync(target, { throwIfNoEntry: false });
  const kind = stats === undefined ? undefined : specialKind(stats);
  return kind === undefined ? undefined : `cannot write to a ${kind}`;
}

function specialKind(stats: Stats): string | undefined {
  if (stats.isDirectory()) return "directory";
  if (stats.isSymbolicLink()) return "symbolic link directly";
  if (stats.isFIFO()) return "named pipe file";
  if (stats.isSocket()) return "socket file";
  if (stats.isBlockDevice()) return "block device file";
  return stats.isCharacterDevice() ? "character device file" : undefined;
}
