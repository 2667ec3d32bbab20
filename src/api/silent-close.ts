import type { Socket } from "node:net";

const probeMs = 1000;

/**
 * Bun 1.4 emits no `close` for a half-closed socket of `net.createServer` whose peer then goes away (it does on sockets
 * that the HTTP server accepted itself): without this, an idle attachment over socket activation would outlive its
 * client. Writing nothing sends nothing, and fails when the socket is gone.
 */
export function noticeSilentClose(socket: Socket): void {
  socket.once("end", () => {
    const probe = () => {
      if (socket.writable) socket.write("");
    };
    setImmediate(probe);
    const timer = setInterval(probe, probeMs);
    timer.unref();
    socket.once("close", () => clearInterval(timer));
  });
}
