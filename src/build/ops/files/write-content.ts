import { closeSync, constants, fchmodSync, fchownSync, openSync } from "node:fs";
import { copyContent } from "../../../linux/copy-content.ts";
import { type FileTime, setOpenFileTime } from "../../../linux/special-files.ts";
import { type BytePath, systemPath } from "../../../store/archive/entry-path.ts";

const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** For a file that is not there yet. */
export const writeFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** What a new file is to be. */
export interface NewFile {
  mode: number;
  uid: number;
  gid: number;
  modified: FileTime;
}

/** Copies the content at `source` into a new file. `attributes` may give it more before its time is set. */
export function writeContent(
  source: string | Buffer,
  target: BytePath,
  { mode, uid, gid, modified }: NewFile,
  attributes?: () => void,
): void {
  const from = openSync(source, readFlags);
  try {
    const made = openSync(systemPath(target), writeFlags, 0o600);
    try {
      copyContent(from, made);
      // Owner first: changing it clears set-id bits and file capabilities.
      fchownSync(made, uid, gid);
      fchmodSync(made, mode);
      attributes?.();
      setOpenFileTime(made, modified);
    } finally {
      closeSync(made);
    }
  } finally {
    closeSync(from);
  }
}
