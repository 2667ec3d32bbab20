import { messageOf } from "../../base/errors.ts";
import { ConnectionError } from "../../client/client.ts";
import { CommandError } from "../command.ts";
import { FlagError } from "../parse.ts";
import { sourceExcerpt } from "./error-excerpt.ts";
import { SolveError } from "./solve-error.ts";

/** A failed build as buildx tells of it: the lines that are to blame, then the reason. Interrupts stay what they are. */
export function failureOf(error: unknown): unknown {
  if (error instanceof ConnectionError || error instanceof FlagError) return error;
  if (error instanceof Error && error.name === "AbortError") return error;
  const exitCode = error instanceof CommandError ? error.exitCode : 1;
  if (!(error instanceof SolveError))
    return new CommandError(`ERROR: failed to build: ${messageOf(error)}`, exitCode);
  const excerpt = error.source === undefined ? "" : sourceExcerpt(error.source);
  return new CommandError(`${excerpt}ERROR: failed to build: failed to solve: ${error.message}`, exitCode);
}
