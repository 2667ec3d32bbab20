import { messageOf } from "../../base/errors.ts";
import { files } from "../files.ts";
import { fileError } from "./file-error.ts";

/** A file for the new container's id: made before the container, gone again when there is none. */
export interface CidFile {
  write(id: string): void;
  /** Removes the file unless an id was written. */
  close(): void;
}

export function openCidFile(path: string): CidFile {
  if (path === "") return { write: () => undefined, close: () => undefined };
  if (files().existsSync(path))
    throw new Error(`container ID file found, make sure the other container isn't running or delete ${path}`);
  const fd = create(path);
  let written = false;
  return {
    write(id) {
      files().writeSync(fd, id);
      written = true;
    },
    close() {
      files().closeSync(fd);
      if (!written) files().unlinkSync(path);
    },
  };
}

function create(path: string): number {
  try {
    return files().openSync(path, "w", 0o666);
  } catch (error) {
    const reason = messageOf(fileError("open", path, error));
    throw new Error(`failed to create the container ID file: ${reason}`, { cause: error });
  }
}
