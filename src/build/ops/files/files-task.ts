import type { ContextLine } from "../../../spec/api/build.ts";
import type { BytePath } from "../../../store/archive/entry-path.ts";

// What the engine and the child that reads and writes the trees of a build say to each other. Every path is resolved inside the root
// it belongs to.

export const buildFilesRole = "build-files";

export interface Owner {
  uid: number;
  gid: number;
}

/** Where a COPY, ADD or bind mount takes from: a directory of the host's, or a context's entries, parents first. */
export type TreeSource = { directory: string } | { lines: ContextLine[]; contents: string };

export interface CopyTask {
  kind: "copy";
  from: TreeSource;
  /** Paths in it as written, with wildcards. */
  sources: readonly string[];
  /** Patterns of `--exclude`. */
  excludes: readonly string[];
  /** The directories above a source come along (`--parents`). */
  parents: boolean;
  /** The file system that is written to. */
  into: string;
  /** An absolute path in it; with a slash at its end, a directory in any case. */
  destination: string;
  /** Whose everything becomes; absent: as in the source. */
  owner?: Owner;
  /** As chmod(1) takes it. */
  mode?: string;
  /** Found sources that are left to others: archives that ADD unpacks. */
  leaveOut: readonly BytePath[];
  /** The time of directories that are made on the way; nothing is younger. */
  timeSeconds?: number;
  /** Contents of the store are not copied but named in this new file, for a PlaceTask. */
  deferTo?: string;
}

/**
 * Gives what a CopyTask has deferred its place: as further names of the store's own files, where those have the mode, owner and time
 * that is wanted, or as copies.
 */
export interface PlaceTask {
  kind: "place";
  /** The CopyTask's `deferTo`. */
  deferred: string;
  /** The directory that the file system's changes are kept in, which nobody else uses. */
  into: string;
  contents: string;
  /** Lists of shared files (`shared-files.ts`) of the layers below: a file of theirs is copied, or two names there were one file. */
  below: readonly string[];
}

export interface WriteTask {
  kind: "write";
  into: string;
  destination: string;
  files: readonly { name: string; content: string }[];
  owner: Owner;
  mode?: string;
  /** The destination is the directory that gets the files under their names. */
  toDirectory: boolean;
  timeSeconds?: number;
}

export interface MakeDirectoryTask {
  kind: "make-directory";
  into: string;
  path: string;
  owner: Owner;
  timeSeconds?: number;
}

export interface DigestTask {
  kind: "digest";
  directory: string;
  sources: readonly string[];
  excludes: readonly string[];
}

export type FilesTask = CopyTask | PlaceTask | WriteTask | MakeDirectoryTask | DigestTask;
