import { isAbsolute, join, relative, resolve } from "node:path";
import type { Readable } from "node:stream";
import { errnoOf } from "../../base/errors.ts";
import { parseIgnoreFile } from "../../spec/ignore-pattern.ts";
import { CommandError, type Terminal } from "../command.ts";
import { files } from "../files.ts";
import { inGoWords } from "../go-words.ts";
import { SolveError } from "./solve-error.ts";

/** What to build, and from where. `name` is the Dockerfile's, for messages. */
export type BuildSource =
  | { kind: "folder"; root: string; name: string; dockerfile: string; ignore: readonly string[] }
  /** A tar on stdin; the Dockerfile is in it. */
  | { kind: "archive"; tar: Readable; name: string }
  /** A Dockerfile alone on stdin. */
  | { kind: "dockerfile"; name: string; dockerfile: string }
  /** A git repository or a tar that the engine fetches itself; a Dockerfile of this machine may go with it. */
  | { kind: "remote"; url: string; name: string; dockerfile?: string };

const defaultName = "Dockerfile";

/** Finds out what `PATH | URL | -` and `--file` mean together. Throws CommandError in buildx's words. */
export async function resolveSource(
  place: string,
  file: string | undefined,
  terminal: Pick<Terminal, "stdin" | "stdinIsTty">,
): Promise<BuildSource> {
  if (place === "-") return fromStdin(file, terminal);
  if (isRemote(place)) return fromRemote(place, file, terminal);
  return fromFolder(place, file, terminal);
}

/** What the engine has to fetch: `https://…`, `git://…`, `git@host:…`, `github.com/…`. */
export function isRemote(place: string): boolean {
  return /^(?:https?:\/\/|git:\/\/|ssh:\/\/|git@|github\.com\/)/.test(place);
}

async function fromStdin(
  file: string | undefined,
  terminal: Pick<Terminal, "stdin" | "stdinIsTty">,
): Promise<BuildSource> {
  if (file === "-")
    throw new CommandError("invalid argument: can't use stdin for both build context and dockerfile");
  if (terminal.stdinIsTty)
    throw new CommandError("no build context on stdin: it is a terminal; give a path, or a tar by <");
  const { headOf } = await import("./stdin-head.ts");
  const { isArchive, stream } = await headOf(terminal.stdin);
  if (isArchive) return { kind: "archive", tar: stream, name: file ?? defaultName };
  if (file !== undefined)
    throw new CommandError("ambiguous Dockerfile source: both stdin and flag correspond to Dockerfiles");
  return { kind: "dockerfile", name: defaultName, dockerfile: await textOf(stream) };
}

async function fromRemote(
  url: string,
  file: string | undefined,
  { stdin }: Pick<Terminal, "stdin">,
): Promise<BuildSource> {
  const name = file ?? defaultName;
  if (file === "-") return { kind: "remote", url, name: defaultName, dockerfile: await textOf(stdin) };
  return { kind: "remote", url, name };
}

async function fromFolder(
  place: string,
  file: string | undefined,
  { stdin }: Pick<Terminal, "stdin">,
): Promise<BuildSource> {
  const root = folderAt(place);
  const path = file === undefined || file === "-" ? undefined : resolve(file);
  const ignore = ignorePatterns(root, path ?? join(root, defaultName));
  if (file === "-")
    return { kind: "folder", root, name: defaultName, dockerfile: await textOf(stdin), ignore };
  const found = path ?? existing(join(root, defaultName), join(root, "dockerfile"));
  return {
    kind: "folder",
    root,
    name: nameIn(root, found, file),
    dockerfile: readDockerfile(found, file),
    ignore,
  };
}

/** The real path of a folder. Throws CommandError where there is none. */
export function folderAt(place: string): string {
  const found = files().statSync(place, { throwIfNoEntry: false });
  if (found === undefined)
    throw new CommandError(`unable to prepare context: path ${JSON.stringify(place)} not found`);
  if (!found.isDirectory())
    throw new CommandError(`unable to prepare context: path ${JSON.stringify(place)} is not a directory`);
  return files().realpathSync(place);
}

function existing(...paths: [string, ...string[]]): string {
  return paths.find((path) => files().existsSync(path)) ?? paths[0];
}

/** What a folder's ignore file says; the Dockerfile's own stands in for it. */
export function ignorePatterns(root: string, dockerfile?: string): string[] {
  const own = dockerfile === undefined ? [] : [`${dockerfile}.dockerignore`];
  for (const path of [...own, join(root, ".dockerignore")]) {
    const text = textIfThere(path);
    if (text !== undefined) return parseIgnoreFile(text);
  }
  return [];
}

function textIfThere(path: string): string | undefined {
  try {
    return files().readFileSync(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function readDockerfile(path: string, written: string | undefined): string {
  try {
    return files().readFileSync(path, "utf8");
  } catch (error) {
    throw new SolveError(`failed to read dockerfile: open ${written ?? defaultName}: ${inGoWords(error)}`);
  }
}

/** As it stands in the context, or as it was given. */
function nameIn(root: string, path: string, written: string | undefined): string {
  const inside = relative(root, path);
  return inside.startsWith("..") || isAbsolute(inside) ? (written ?? defaultName) : inside;
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString("utf8");
}
