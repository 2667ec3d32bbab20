import { EngineError } from "../base/errors.ts";
import { readLog } from "../runtime/logs/read-log.ts";
import type { LogsRequest, LogStream } from "./container-service.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { pathsOf } from "./paths.ts";
import { isRunning } from "./state.ts";

/** The container's output from its log: what is past and, while it runs, what comes. */
export async function readLogs(
  context: ContainersContext,
  { id, config, hostConfig, state }: Container,
  request: LogsRequest,
): Promise<LogStream> {
  if (hostConfig.LogConfig?.Type === "none") {
    throw new EngineError("not-implemented", "configured logging driver does not support reading");
  }
  const follow = request.follow && isRunning(state);
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const stop = follow ? context.live.listen(id, () => resolve()) : () => undefined;
  return {
    tty: config.Tty ?? false,
    output: untilDone(stop, readLog(pathsOf(context, id).log, { ...request, follow, ended })),
  };
}

async function* untilDone<T>(stop: () => void, chunks: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* chunks;
  } finally {
    stop();
  }
}
