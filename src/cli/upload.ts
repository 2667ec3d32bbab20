import { closeSync, createReadStream, fstatSync, openSync } from "node:fs";
import type { RequestOptions } from "../client/client.ts";
import { CommandError } from "./command.ts";
import { openError } from "./open-error.ts";

/** A file as a request's body: a regular one by its name, which costs a twentieth, anything else as a stream. */
export function uploadOf(path: string): Pick<RequestOptions, "file" | "stream"> {
  const descriptor = open(path);
  const status = fstatSync(descriptor);
  if (status.isDirectory()) throw new CommandError(`read ${path}: is a directory`);
  if (!status.isFile()) return { stream: createReadStream(path, { fd: descriptor }) };
  closeSync(descriptor);
  return { file: path };
}

function open(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw openError(path, error);
  }
}
