import { EngineError, type ErrorKind } from "../base/errors.ts";
import { RegistryError } from "../registry/registry-error.ts";

/** Statuses of a registry that dockerd hands on as its own. */
const handedOn: Record<number, ErrorKind> = {
  401: "unauthenticated",
  403: "forbidden",
  404: "not-found",
};

/** What a client is told when a registry refuses or is not there: its message, and dockerd's status for it. */
export function remoteError(error: unknown): unknown {
  if (error instanceof RegistryError)
    return new EngineError(handedOn[error.status] ?? "internal", error.message, error);
  if (error instanceof EngineError && error.kind === "unavailable")
    return new EngineError("internal", error.message, error);
  return error;
}
