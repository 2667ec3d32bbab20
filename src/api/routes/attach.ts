import type { AttachRequest } from "../../containers/container-service.ts";
import type { Call } from "../call.ts";
import { toHttpError } from "../http-error.ts";
import { pump } from "../stream-pump.ts";
import { serveWebSocket } from "../websocket.ts";

export const rawStream = "application/vnd.docker.raw-stream";
const multiplexedStream = "application/vnd.docker.multiplexed-stream";

/** How a stream names itself: before 1.42, and where the client did not ask to upgrade, all streams were called raw. */
export function streamType(call: Call, tty: boolean): string {
  return !tty && call.speaks(42) ? multiplexedStream : rawStream;
}

function attachRequest(call: Call): AttachRequest {
  return {
    stdin: call.query.bool("stdin"),
    stdout: call.query.bool("stdout"),
    stderr: call.query.bool("stderr"),
    logs: call.query.bool("logs"),
    stream: call.query.bool("stream"),
    detachKeys: call.query.string("detachKeys") || undefined,
    signal: call.signal,
  };
}

export async function attach(call: Call): Promise<void> {
  const request = attachRequest(call);
  const attachment = await call.services.containers
    .attach(call.param("name"), request)
    .catch((error: unknown) => refuseRaw(call, error));
  if (attachment === undefined) return;
  const contentType = call.reply.upgraded ? streamType(call, attachment.tty) : rawStream;
  await pump(call.reply.hijack({ "Content-Type": contentType }), attachment, {
    framed: !attachment.tty,
    stdin: request.stdin && request.stream,
    onInputError: (error) => call.log.debug("attach input ended", { error: String(error) }),
  });
}

/** dockerd has taken over the connection before it looks for the container, so this one answer is plain text. */
function refuseRaw(call: Call, error: unknown): undefined {
  const { status, message, unclassified } = toHttpError(error);
  if (unclassified) throw error;
  call.reply.send(status, { "Content-Type": rawStream, Connection: "close" }, `${message}\r\n`);
}

export async function attachWebSocket(call: Call): Promise<void> {
  const request = attachRequest(call);
  const attachment = await call.services.containers.attach(call.param("name"), request);
  try {
    await serveWebSocket(call, attachment, request.stdin && request.stream);
  } finally {
    attachment.close();
  }
}
