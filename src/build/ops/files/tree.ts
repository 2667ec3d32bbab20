import type { FileTime } from "../../../linux/special-files.ts";
import type { BytePath } from "../../../store/archive/entry-path.ts";

/** One entry of a tree that a build reads. */
export interface TreeNode {
  kind: "directory" | "file" | "symlink" | "special";
  /** 12 bits. */
  mode: number;
  uid: number;
  gid: number;
  modified: FileTime;
  /** The same for all names of one file that has several. */
  inode?: string;
  /** Of a symlink; raw bytes. */
  target?: Buffer;
  /** Of a special file: its kind as in st_mode, and what it stands for. */
  device?: { format: number; major: number; minor: number };
  /** Where on the host a file's bytes are. */
  contentPath?: string | Buffer;
  /** The sum of a content of the content store: such a file is never written to. */
  sum?: string;
  /** Where on the host its extended attributes are. */
  attributesPath?: string | Buffer;
}

/** What a build copies from: a client's context or the file system of a stage. Places are clean paths without links in them. */
export interface Tree {
  /** The place `path` leads to once all links in it are followed inside the tree; undefined where nothing is. */
  follow(path: BytePath): BytePath | undefined;
  node(place: BytePath): TreeNode;
  /** In the order of bytes. */
  names(place: BytePath): string[];
  /** The sum of a file's content, hexadecimal. */
  contentSum(place: BytePath, node: TreeNode): string;
}

export function bytesOf(text: string): BytePath {
  return /^[\0-\x7f]*$/.test(text) ? text : Buffer.from(text).toString("latin1");
}

export function textOf(path: BytePath): string {
  return /^[\0-\x7f]*$/.test(path) ? path : Buffer.from(path, "latin1").toString();
}
