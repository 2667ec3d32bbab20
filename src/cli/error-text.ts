import { messageOf } from "../base/errors.ts";
import { ApiError } from "../client/client.ts";

/** An error as commands show it: the engine's own are marked as such. */
export function errorText(error: unknown): string {
  return error instanceof ApiError ? `Error response from daemon: ${error.message}` : messageOf(error);
}
