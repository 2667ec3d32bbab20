import { readFileSync, statSync } from "node:fs";

export interface TrustedFile {
  text: string;
  /** What `stampOf` says as long as the file is this one. */
  stamp: string;
}

/** Reads a file that trust depends on. Throws when others than its owner could have written it. */
export function readTrustedFile(path: string): TrustedFile {
  // Before its content: a change in between is seen the next time.
  const stamp = stampOf(path);
  const { mode } = statSync(path);
  if ((mode & 0o022) !== 0) throw new Error("others than its owner may write it (chmod go-w)");
  return { text: readFileSync(path, "utf8"), stamp };
}

/** Another one whenever the file has changed, however that was done; empty where there is none. */
export function stampOf(path: string): string {
  const status = statSync(path, { throwIfNoEntry: false, bigint: true });
  if (status === undefined) return "";
  const { dev, ino, size, mtimeNs, ctimeNs } = status;
  return [dev, ino, size, mtimeNs, ctimeNs].join(":");
}
