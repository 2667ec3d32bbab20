import { EngineError } from "../base/errors.ts";
import { isReadable } from "../runtime/logs/keeping.ts";
import { readLog } from "../runtime/logs/read-log.ts";
import type { LogsRequest, LogStream } from "./container-service.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { detailsText, logAttributes } from "./log-attributes.ts";
import { pathsOf } from "./paths.ts";
import { isRunning } from "./state.ts";

/** The container's output from its log: what is past and, while it runs or is to run again, what comes. */
export async function readLogs(
  context: ContainersContext,
  container: Container,
  request: LogsRequest,
): Promise<LogStream> {
  const { id, config, hostConfig, state } = container;
  if (!isReadable(hostConfig.LogConfig?.Type ?? "", hostConfig.LogConfig?.Config ?? {})) {
    throw new EngineError("not-implemented", "configured logging driver does not support reading");
  }
  const follow = request.follow && (isRunning(state) || state.status === "restarting");
  const { ended, stop } = follow ? untilRest(context, id) : past;
  const details = request.details ? detailsText(logAttributes(container)) : undefined;
  const query = { ...request, details, follow, ended };
  return { tty: config.Tty ?? false, output: untilDone(stop, readLog(pathsOf(context, id).logs, query)) };
}

const past = { ended: Promise.resolve(), stop: () => undefined };

/** Settles when the container has stopped and nobody is about to start it again. */
function untilRest(context: ContainersContext, id: string): { ended: Promise<void>; stop: () => void } {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const stop = context.live.listen(id, (event) => {
    if (event.type === "exit" && (event.willRestart || context.live.isRestarting(id))) return;
    resolve();
  });
  return { ended, stop };
}

async function* untilDone<T>(stop: () => void, chunks: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* chunks;
  } finally {
    stop();
  }
}
