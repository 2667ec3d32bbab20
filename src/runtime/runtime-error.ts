import { EngineError, type ErrorKind } from "../base/errors.ts";

/** A container or exec that could not be started: Docker's words, and the exit code Docker records for it. */
export class LaunchError extends EngineError {
  /** 126: found but cannot be run; 127: not found; 128: anything else. */
  readonly exitCode: number;

  constructor(kind: ErrorKind, message: string, exitCode: number, cause?: unknown) {
    super(kind, message, cause);
    this.name = "LaunchError";
    this.exitCode = exitCode;
  }
}
