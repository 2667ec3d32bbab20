import { createHash } from "node:crypto";
import {
  type BigIntStats,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
} from "node:fs";
import { errnoOf } from "../../../base/errors.ts";
import { resolvePathInRoot } from "../../../linux/rootpath.ts";
import { deviceParts, fileTime } from "../../../linux/special-files.ts";
import { type BytePath, joinPath, systemPath } from "../../../store/archive/entry-path.ts";
import { bytesOf, textOf, type Tree, type TreeNode } from "./tree.ts";

/** A directory of the host's, such as the mounted file system of a stage. Nobody else writes to it. */
export class DiskTree implements Tree {
  readonly #root: BytePath;

  constructor(root: string) {
    this.#root = bytesOf(realpathSync(root));
  }

  follow(path: BytePath): BytePath | undefined {
    try {
      const found = bytesOf(resolvePathInRoot(textOf(this.#root), `/${textOf(path)}`));
      return found === this.#root ? "" : found.slice(this.#root.length + 1);
    } catch (error) {
      const code = errnoOf(error);
      if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") return undefined;
      throw error;
    }
  }

  node(place: BytePath): TreeNode {
    const path = this.#path(place);
    const status = lstatSync(path, { bigint: true });
    return {
      kind: kindOf(status),
      mode: Number(status.mode & 0o7777n),
      uid: Number(status.uid),
      gid: Number(status.gid),
      modified: fileTime(status.mtimeNs),
      ...(status.nlink > 1n && !status.isDirectory() && { inode: `${status.dev}:${status.ino}` }),
      ...(status.isSymbolicLink() && { target: readlinkSync(path, { encoding: "buffer" }) }),
      ...(isSpecial(status) && {
        device: { format: Number(status.mode & 0o170000n), ...deviceParts(status.rdev) },
      }),
      ...(status.isFile() && { contentPath: path }),
      attributesPath: path,
    };
  }

  names(place: BytePath): string[] {
    return readdirSync(this.#path(place), { encoding: "buffer" })
      .map((name) => name.toString("latin1"))
      .sort();
  }

  contentSum(place: BytePath): string {
    return contentSum(this.#path(place));
  }

  #path(place: BytePath): string | Buffer {
    return systemPath(joinPath(this.#root, place));
  }
}

function isSpecial(status: BigIntStats): boolean {
  return !status.isFile() && !status.isDirectory() && !status.isSymbolicLink();
}

function kindOf(status: BigIntStats): TreeNode["kind"] {
  if (status.isFile()) return "file";
  if (status.isDirectory()) return "directory";
  return status.isSymbolicLink() ? "symlink" : "special";
}

const chunkBytes = 1 << 20;
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
let kept: Buffer | undefined;

function contentSum(path: string | Buffer): string {
  const chunk = (kept ??= Buffer.allocUnsafe(chunkBytes));
  const hash = createHash("sha256");
  const descriptor = openSync(path, readFlags);
  try {
    const read = () => readSync(descriptor, chunk, 0, chunkBytes, null);
    for (let size = read(); size > 0; size = read()) hash.update(chunk.subarray(0, size));
  } finally {
    closeSync(descriptor);
  }
  return hash.digest("hex");
}
