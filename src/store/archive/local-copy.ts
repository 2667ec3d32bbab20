import { spawn } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";
import { EngineError } from "../../base/errors.ts";
import { childCommand, childEnvironment } from "../../linux/self.ts";

export const localCopyRole = "local-copy";

/** A change of the first name in an archive's entries. */
export interface Rename {
  from: string;
  to: string;
}

/** What of the local machine is packed, and under which name. */
export interface LocalSource {
  directory: string;
  /** A name in the directory, or `.` for all that is in it. */
  base: string;
  name: string;
}

/** A tar of local files, made in a child: the copying itself waits for nobody's disk. */
export function packLocal({ directory, base, name }: LocalSource): Readable {
  const [program, ...args] = childCommand(localCopyRole, "pack", directory, base, name);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: childEnvironment() });
  const [closed, complaint] = endOf(child);
  async function* bytes() {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    await closed;
    if (child.exitCode !== 0) throw new EngineError("invalid", complaint() || "the copying process died");
  }
  const tar = Readable.from(bytes(), { objectMode: false });
  tar.once("close", () => child.kill());
  return tar;
}

/** Unpacks a tar into `directory`; everything becomes the caller's. Throws `invalid` with what was wrong. */
export async function unpackLocal(tar: Readable, directory: string, rename?: Rename): Promise<void> {
  const names = rename === undefined ? [] : [rename.from, rename.to];
  const [program, ...args] = childCommand(localCopyRole, "unpack", directory, ...names);
  const child = spawn(program, args, { stdio: ["pipe", "ignore", "pipe"], env: childEnvironment() });
  const [closed, complaint] = endOf(child);
  // It says itself why it reads no more.
  child.stdin.on("error", () => {});
  let failure: unknown;
  try {
    for await (const chunk of tar) {
      if (!child.stdin.writable) break;
      if (!child.stdin.write(chunk)) await Promise.race([once(child.stdin, "drain"), closed]);
    }
  } catch (error) {
    failure = error;
    child.kill("SIGKILL");
  }
  child.stdin.end();
  await closed;
  if (failure !== undefined) throw failure;
  if (child.exitCode !== 0) throw new EngineError("invalid", complaint() || "the copying process died");
}

function endOf(child: ReturnType<typeof spawn>): [closed: Promise<unknown>, complaint: () => string] {
  let text = "";
  child.stderr?.setEncoding("utf8").on("data", (more: string) => {
    if (text.length < 4096) text += more;
  });
  const closed = once(child, "close");
  void closed.catch(() => {});
  return [closed, () => text.trim()];
}
