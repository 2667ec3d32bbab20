import type { Writable } from "node:stream";
import { messageOf } from "../base/errors.ts";
import type { Progress, ProgressMessage } from "../images/image-service.ts";
import type { Call } from "./call.ts";
import { toHttpError } from "./http-error.ts";

/** Bars for a reader that is this far behind are not worth the memory; messages are kept. */
const maxBehindBytes = 1 << 20;

/**
 * Answers with JSON lines as `work` reports progress. The header leaves with the first line: what fails before that
 * gets its own status, what fails later is told in the stream, as every Docker client expects.
 */
export async function streamProgress(call: Call, work: (progress: Progress) => Promise<void>): Promise<void> {
  let output: Writable | undefined;
  const progress = (message: ProgressMessage) => {
    output ??= call.open("application/json");
    if (message.progressDetail !== undefined && output.writableLength > maxBehindBytes) return;
    output.write(`${JSON.stringify(message)}\n`);
  };
  try {
    await work(progress);
    output ??= call.open("application/json");
  } catch (error) {
    if (output === undefined || call.signal.aborted) throw error;
    if (toHttpError(error).unclassified) call.log.error("request failed", error, { url: call.request.url });
    progress({ errorDetail: { message: messageOf(error) }, error: messageOf(error) });
  }
  output.end();
}
