import { diskFull, isDiskFull } from "../base/disk-full.ts";
import { EngineError, type ErrorKind } from "../base/errors.ts";

/** The one table from what went wrong to what HTTP calls it. 499 is never seen: its client has gone. */
const statusOf: Record<ErrorKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  "not-found": 404,
  conflict: 409,
  "not-modified": 304,
  unavailable: 503,
  "not-implemented": 501,
  cancelled: 499,
  internal: 500,
};

export interface HttpError {
  status: number;
  message: string;
  /** Nobody classified it: the log gets all of it, the client nothing. */
  unclassified: boolean;
}

export function toHttpError(error: unknown): HttpError {
  if (error instanceof EngineError)
    return { status: statusOf[error.kind], message: error.message, unclassified: false };
  if (isDiskFull(error)) return { status: 500, message: diskFull(error).message, unclassified: false };
  return { status: 500, message: "internal server error", unclassified: true };
}

/** The body every refusal has. */
export function errorBody(message: string): string {
  return `${JSON.stringify({ message })}\n`;
}
