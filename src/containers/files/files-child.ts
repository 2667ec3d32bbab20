import { lstatSync, writeSync } from "node:fs";
import { posix } from "node:path";
import { EngineError, errnoOf, messageOf } from "../../base/errors.ts";
import { enterRoot } from "../../linux/special-files.ts";
import { resolveUser } from "../../runtime/spec/user.ts";
import { extractInput } from "../../store/archive/extract-input.ts";
import { Extractor } from "../../store/archive/extractor.ts";
import { TarOutput } from "../../store/archive/tar-output.ts";
import { TreePacker } from "../../store/archive/tree-packer.ts";
import { enterContainer } from "./enter-container.ts";
import type { FilesAction, FilesAnswer, FilesTask, WriteRules } from "./files-task.ts";
import { followLinks, pathInContainer, statPath } from "./path-in-container.ts";

// The child that reads and writes files of a container: its root is this process's root before the first path is
// looked at, so that no link, and no process that swaps links meanwhile, leads it anywhere else.

export async function run([task = ""]: string[]): Promise<number> {
  try {
    const { root, action } = JSON.parse(task) as FilesTask;
    process.umask(0);
    enterRoot(enterContainer(root));
    perform(action);
    return 0;
  } catch (error) {
    // After the first line this is only for the log: the stream ends in the middle.
    answer({ error: describe(error) });
    return 1;
  }
}

let answered = false;

function answer(message: FilesAnswer): void {
  if (answered) return;
  answered = true;
  writeSync(1, `${JSON.stringify(message)}\n`);
}

function perform(action: FilesAction): void {
  if (action.kind === "stat") return answer({ stat: statPath(pathInContainer(action.path)) });
  if (action.kind === "unpack") return unpack(action);
  if (action.kind === "pack") return pack(action.path);
  answer({});
  const output = new TarOutput(1);
  new TreePacker({ whiteouts: "literal" }, (bytes) => output.write(bytes)).pack();
  output.flush();
}

/** A directory is packed under its own name; asked for as `DIR/.` under the name `.`; the root without any. */
function pack(wanted: string): void {
  const path = pathInContainer(wanted);
  const stat = statPath(path);
  answer({ stat });
  const output = new TarOutput(1);
  const source = Buffer.from(path.replace(/\/\.$/, "/").slice(1)).toString("latin1");
  const name = stat.name === "/" ? "" : Buffer.from(stat.name).toString("latin1");
  new TreePacker({ whiteouts: "literal" }, (bytes) => output.write(bytes)).packAs(source, name);
  output.flush();
}

function unpack({ path, keepKinds, owner, rules }: FilesAction & { kind: "unpack" }): void {
  const wanted = pathInContainer(path);
  const place = followLinks(wanted);
  if (!lstatSync(place + (/\/\.?$/.exec(wanted)?.[0] ?? "")).isDirectory())
    throw new EngineError("invalid", "extraction point is not a directory");
  checkWritable(place, rules);
  const into = Buffer.from(place.slice(1)).toString("latin1");
  const extractor = new Extractor({
    whiteouts: "literal",
    into,
    keepKinds,
    ...(owner !== undefined && { owner: lookUp(owner) }),
  });
  extractInput(extractor);
  answer({});
}

function lookUp(user: string): { uid: number; gid: number } {
  try {
    return resolveUser("/", user);
  } catch (error) {
    const problem = messageOf(error).replace(/^unable to find [^:]*: /, "");
    throw new EngineError(
      "invalid",
      `failed to look up user ${JSON.stringify(user)} in container: ${problem}`,
    );
  }
}

function checkWritable(place: string, { rootReadOnly, mounts }: WriteRules): void {
  const holder = mounts.find(
    ({ destination }) => !posix.relative(destination, place).startsWith("..") && destination !== "/",
  );
  if (holder?.readOnly === true) throw new EngineError("invalid", "mounted volume is marked read-only");
  if (holder === undefined && rootReadOnly)
    throw new EngineError("invalid", "container rootfs is marked read-only");
}

const words: Record<string, string> = {
  EACCES: "permission denied",
  EISDIR: "is a directory",
  ELOOP: "too many levels of symbolic links",
  ENAMETOOLONG: "file name too long",
  ENOSPC: "no space left on device",
  ENOTDIR: "not a directory",
  EPERM: "operation not permitted",
  EROFS: "read-only file system",
};

/** As Go says it: the call, the path, what is wrong. */
function describe(error: unknown): {
  kind: "internal" | EngineError["kind"];
  message: string;
  missing?: boolean;
} {
  if (error instanceof EngineError) return { kind: error.kind, message: error.message };
  const code = errnoOf(error) ?? "";
  if (code === "ENOENT") return { kind: "not-found", message: messageOf(error), missing: true };
  const { syscall, path } = error as { syscall?: string; path?: string };
  const text = words[code];
  const kind = error instanceof RangeError ? "invalid" : "internal";
  if (text === undefined) return { kind, message: messageOf(error) };
  return { kind, message: [[syscall, path].filter(Boolean).join(" "), text].filter(Boolean).join(": ") };
}
