import { lstatSync, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { CommandError } from "../command.ts";
import { inGoWords } from "../go-words.ts";

// The rules of `docker cp`, which are rsync's and cp's in one: what a path ends with says what it is meant to be.

/** One end of a copy. */
export interface Place {
  path: string;
  exists: boolean;
  isDirectory: boolean;
  /** What the first name of the archive is to be, where a link changed it. */
  rebaseName?: string;
}

export interface Split {
  directory: string;
  base: string;
}

/** `CONTAINER:PATH`, or a local path: an absolute one, one that begins with a dot, one without a colon. */
export function parseCopyArgument(argument: string): { container: string; path: string } {
  const colon = argument.indexOf(":");
  if (isAbsolute(argument) || colon < 0 || argument.startsWith(".")) return { container: "", path: argument };
  return { container: argument.slice(0, colon), path: argument.slice(colon + 1) };
}

export function endsWithSlash(path: string): boolean {
  return path.endsWith("/");
}

/** It means what is in the directory, not the directory. */
export function meansContents(path: string): boolean {
  return goBase(path) === ".";
}

/** Go's filepath.Base. */
export function goBase(path: string): string {
  if (path === "") return ".";
  return path.replace(/\/+$/, "").split("/").at(-1) || "/";
}

/** The directory and the name in it; the name is `.` where the contents are meant. */
export function splitPath(path: string): Split {
  const clean = trimmed(path);
  if (meansContents(path)) return { directory: clean, base: "." };
  return { directory: dirname(clean), base: goBase(clean) };
}

function trimmed(path: string): string {
  const clean = join(path);
  return clean === "/" ? clean : clean.replace(/\/+$/, "");
}

/** `path` made absolute, with the end it had. */
export function absolutePath(path: string): string {
  return withEndOf(path, resolve(path));
}

export function withEndOf(original: string, clean: string): string {
  let path = clean;
  if (meansContents(original) && !meansContents(path)) path = endsWithSlash(path) ? `${path}.` : `${path}/.`;
  if (endsWithSlash(original) && !endsWithSlash(path)) path += "/";
  return path;
}

/** Where a link was followed, what lies there still gets the name that was asked for. */
export function rebased(asked: string, target: string): { path: string; rebaseName?: string } {
  const path = withEndOf(asked, target);
  return goBase(asked) === goBase(path) ? { path } : { path, rebaseName: goBase(asked) };
}

/** The local thing to copy. Links on the way to it are followed, it itself only with `follow`. */
export function localSource(asked: string, follow: boolean): Place {
  const { path, rebaseName } = follow ? rebased(asked, real(asked)) : besideLink(asked);
  const found = attempt("lstat", path, () => lstatSync(path));
  return {
    path,
    exists: true,
    isDirectory: found.isDirectory(),
    ...(rebaseName !== undefined && { rebaseName }),
  };
}

function besideLink(asked: string): { path: string; rebaseName?: string } {
  const slash = asked.lastIndexOf("/");
  const [directory, base] = [asked.slice(0, slash + 1) || ".", asked.slice(slash + 1)];
  const path = `${real(directory)}/${base}`.replace(/^\/\//, "/");
  const renamed = endsWithSlash(asked) && goBase(asked) !== goBase(path);
  return renamed ? { path, rebaseName: goBase(asked) } : { path };
}

/** Where to copy on this machine. The directory it goes into must be there. */
export function localDestination(asked: string): Place {
  const found = lstatSync(asked, { throwIfNoEntry: false });
  if (found === undefined) {
    const { directory } = splitPath(asked);
    if (!attempt("stat", directory, () => statSync(directory)).isDirectory())
      throw new CommandError("not a directory");
    return { path: asked, exists: false, isDirectory: false };
  }
  if (!found.isSymbolicLink()) return { path: asked, exists: true, isDirectory: found.isDirectory() };
  const path = real(asked);
  return { path, exists: true, isDirectory: statSync(path).isDirectory() };
}

/** Refuses what is neither a directory nor a plain file, and a directory that is not there. */
export function checkOutputPath(path: string): void {
  const directory = dirname(trimmed(path));
  if (statSync(directory, { throwIfNoEntry: false }) === undefined)
    throw new CommandError(`invalid output path: directory ${JSON.stringify(directory)} does not exist`);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.isDirectory() || found.isFile()) return;
  const kind = found.isBlockDevice() || found.isCharacterDevice() ? "got a device" : "got an irregular file";
  const rule = `invalid output path: ${JSON.stringify(path)} must be a directory or a regular file`;
  throw new CommandError(`${rule}: ${kind}`);
}

function real(path: string): string {
  return attempt("lstat", path, () => realpathSync(path));
}

function attempt<T>(call: string, path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new CommandError(`${call} ${path}: ${inGoWords(error)}`);
  }
}
