import { closeSync, existsSync, openSync, unlinkSync, writeSync } from "node:fs";
import { messageOf } from "../../base/errors.ts";
import { fileError } from "./file-error.ts";

/** A file for the new container's id: made before the container, gone again when there is none. */
export interface CidFile {
  write(id: string): void;
  /** Removes the file unless an id was written. */
  close(): void;
}

export function openCidFile(path: string): CidFile {
  if (path === "") return { write: () => undefined, close: () => undefined };
  if (existsSync(path))
    throw new Error(`container ID file found, make sure the other container isn't running or delete ${path}`);
  const fd = create(path);
  let written = false;
  return {
    write(id) {
      writeSync(fd, id);
      written = true;
    },
    close() {
      closeSync(fd);
      if (!written) unlinkSync(path);
    },
  };
}

function create(path: string): number {
  try {
    return openSync(path, "w", 0o666);
  } catch (error) {
    const reason = messageOf(fileError("open", path, error));
    throw new Error(`failed to create the container ID file: ${reason}`, { cause: error });
  }
}
