import { EngineError } from "../base/errors.ts";
import type { LogsRequest, LogStream } from "./container-service.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";

/** The container's output from its log, past and coming. */
export async function readLogs(
  _context: ContainersContext,
  _container: Container,
  _request: LogsRequest,
): Promise<LogStream> {
  throw new EngineError("not-implemented", "reading logs is not implemented yet");
}
