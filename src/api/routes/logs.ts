import { EngineError, messageOf } from "../../base/errors.ts";
import type { LogsRequest } from "../../containers/container-service.ts";
import type { Timestamp } from "../../spec/timestamp.ts";
import type { Call } from "../call.ts";
import { frame } from "../frame-writer.ts";
import { pumpOutput } from "../stream-pump.ts";
import { streamType } from "./attach.ts";

/** Anything that is no count means all, as in Docker. */
function tail(text: string): number {
  return /^\+?\d+$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
}

/** The epoch itself means no bound. */
function bound(instant: Timestamp | undefined): Timestamp | undefined {
  return instant?.seconds === 0 && instant.nanoseconds === 0 ? undefined : instant;
}

function logsRequest(call: Call): LogsRequest {
  const { query } = call;
  const stdout = query.bool("stdout");
  const stderr = query.bool("stderr");
  if (!stdout && !stderr)
    throw new EngineError("invalid", "Bad parameters: you must choose at least one stream");
  return {
    stdout,
    stderr,
    follow: query.bool("follow"),
    since: bound(query.instant("since")),
    until: call.speaks(35) ? bound(query.instant("until")) : undefined,
    timestamps: query.bool("timestamps"),
    details: query.bool("details"),
    tail: tail(query.string("tail")),
    signal: call.signal,
  };
}

export async function logs(call: Call): Promise<void> {
  const log = await call.services.containers.logs(call.param("name"), logsRequest(call));
  const output = call.open(streamType(call, log.tty));
  try {
    if (!(await pumpOutput(log.output, output, !log.tty))) return;
  } catch (error) {
    if (call.signal.aborted) return;
    // The status has left long ago: the message goes where the user looks.
    const line = Buffer.from(`Error grabbing logs: ${messageOf(error)}\n`);
    output.write(log.tty ? line : frame("stderr", line));
    call.log.error("reading logs failed", error, { container: call.param("name") });
  }
  output.end();
}
