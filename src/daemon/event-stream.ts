import type { EventLog } from "../events/event-log.ts";
import type { Filters } from "../images/image-service.ts";
import type { EventMessage } from "../spec/api/system.ts";
import { EngineError } from "../base/errors.ts";
import { eventMatcher } from "./event-filter.ts";

export interface EventsRequest {
  /** Seconds with fraction. */
  since?: number;
  until?: number;
  filters: Filters;
  signal: AbortSignal;
}

/** Events a slow reader may be behind before its stream ends: memory stays bounded, and it sees that it lost some. */
const mostWaiting = 4096;

/** The remembered events since `since`, then the coming ones until `until` or the signal. Checks the request at once. */
export function streamEvents(log: EventLog, request: EventsRequest): AsyncIterable<EventMessage> {
  const { since, until } = request;
  if (since !== undefined && until !== undefined && since > until)
    throw new EngineError("invalid", `\`since\` time (${since}) cannot be after \`until\` time (${until})`);
  return follow(log, request, eventMatcher(request.filters));
}

async function* follow(
  log: EventLog,
  request: EventsRequest,
  matches: (event: EventMessage) => boolean,
): AsyncGenerator<EventMessage> {
  const end = endOf(request);
  const waiting: EventMessage[] = pastOf(log, request).filter(matches);
  let wake = Promise.withResolvers<void>();
  let lost = false;
  const stop = log.subscribe((event) => {
    if (!matches(event)) return;
    if (waiting.length >= mostWaiting) lost = true;
    else waiting.push(event);
    wake.resolve();
  });
  const onEnd = () => wake.resolve();
  end.addEventListener("abort", onEnd);
  try {
    for (;;) {
      for (let event = waiting.shift(); event !== undefined; event = waiting.shift())
        yield withLegacyFields(event);
      if (end.aborted || lost) return;
      await wake.promise;
      wake = Promise.withResolvers<void>();
    }
  } finally {
    stop();
    end.removeEventListener("abort", onEnd);
  }
}

function pastOf(log: EventLog, { since, until }: EventsRequest): EventMessage[] {
  if (since === undefined && until === undefined) return [];
  return log.past().filter((event) => {
    const seconds = (event.timeNano ?? 0) / 1e9;
    return seconds >= (since ?? 0) && seconds <= (until ?? Infinity);
  });
}

/** Aborted when the client goes or `until` is reached. */
function endOf({ until, signal }: EventsRequest): AbortSignal {
  if (until === undefined) return signal;
  const leftMs = until * 1000 - Date.now();
  if (leftMs <= 0) return AbortSignal.abort();
  // A later end than timers can hold is as good as none.
  return leftMs > 2 ** 31 - 1 ? signal : AbortSignal.any([signal, AbortSignal.timeout(leftMs)]);
}

type LegacyEvent = EventMessage & { status?: string; id?: string; from?: string };

/** Clients of an API before 1.22 read these three; dockerd still sends them, and tools still use them. */
function withLegacyFields(event: EventMessage): LegacyEvent {
  if (event.Type !== "container" && event.Type !== "image") return event;
  const legacy: LegacyEvent = { status: event.Action, id: event.Actor?.ID };
  if (event.Type === "container") legacy.from = event.Actor?.Attributes?.image ?? "";
  return { ...legacy, ...event };
}
