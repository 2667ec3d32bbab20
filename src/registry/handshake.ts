import { connect } from "node:tls";
import type { TlsFiles } from "./trust-store.ts";

/** What fetch shows and trusts. */
export type HandshakeFiles = TlsFiles & { rejectUnauthorized: boolean };

const longestMs = 5000;

/**
 * Why a server ends handshakes: fetch does not tell what it said. Asks it once more, by a connection of its own, and
 * answers the error; undefined when this one succeeds, or takes too long.
 */
export async function handshakeError(url: URL, files: HandshakeFiles): Promise<Error | undefined> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const socket = connect({ ...files, host, port: Number(url.port || 443), timeout: longestMs });
  try {
    return await new Promise<Error | undefined>((resolve) => {
      // In TLS 1.3 a client's certificate is looked at after its side of the handshake is over: with the first answer.
      socket.once("secureConnect", () => socket.write(`HEAD / HTTP/1.0\r\nHost: ${url.host}\r\n\r\n`));
      for (const event of ["data", "end", "close", "timeout"]) socket.once(event, () => resolve(undefined));
      socket.once("error", resolve);
    });
  } finally {
    socket.on("error", () => {});
    socket.destroy();
  }
}
