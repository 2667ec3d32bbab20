import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { EngineError } from "../base/errors.ts";
import { becomesReadable } from "./stream-wait.ts";

/**
 * The body of a request that asks to upgrade (exec start sends its options so). On connections the HTTP server
 * accepted itself the body comes through the request; on connections it was handed (socket activation, TLS), Node's
 * rule holds: an upgrade request is complete at its header, and the body is the first bytes of the socket.
 */
export function upgradedBody(request: IncomingMessage, socket: Socket, head: Buffer): Readable {
  if (head.length > 0) socket.unshift(head);
  if (!request.complete) return request;
  if (request.headers["transfer-encoding"] !== undefined)
    return failing(
      new EngineError("invalid", "a request that asks to upgrade must state its Content-Length"),
    );
  const length = Number(request.headers["content-length"] ?? 0);
  return Readable.from(length > 0 ? take(socket, length) : [], { objectMode: false });
}

function failing(error: Error): Readable {
  return new Readable({
    read() {
      this.destroy(error);
    },
  });
}

/** The next `length` bytes of the socket; what follows them stays there. */
async function* take(socket: Socket, length: number): AsyncGenerator<Buffer> {
  for (let left = length; left > 0; ) {
    const chunk: unknown = socket.read(Math.min(left, socket.readableLength || left));
    if (Buffer.isBuffer(chunk)) {
      left -= chunk.length;
      yield chunk;
    } else if (!(await becomesReadable(socket))) {
      throw new EngineError("cancelled", "the client went away");
    }
  }
}
