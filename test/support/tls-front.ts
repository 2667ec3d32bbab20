import { type IncomingMessage, request as send, type ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";

/** PEM texts. */
export interface FrontCertificates {
  cert: string;
  key: string;
  /** Who signs the certificates that clients must show. */
  clientAuthority: string;
}

/** TLS before a registry that speaks none, for clients that have a certificate, and no others. */
export class TlsFront {
  readonly #server: Server;

  private constructor(target: string, { cert, key, clientAuthority }: FrontCertificates) {
    const demands = { ca: clientAuthority, requestCert: true, rejectUnauthorized: true };
    this.#server = createServer({ cert, key, ...demands }, (request, response) =>
      forward(target, request, response),
    );
    // Clients without one.
    this.#server.on("tlsClientError", () => {});
  }

  /** `target` is HOST:PORT. */
  static async start(target: string, certificates: FrontCertificates): Promise<TlsFront> {
    const front = new TlsFront(target, certificates);
    await new Promise<void>((resolve) => front.#server.listen(0, "127.0.0.1", resolve));
    return front;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  dispose(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

function forward(target: string, request: IncomingMessage, response: ServerResponse): void {
  // The registry names whole URLs where uploads go on.
  const headers = { ...request.headers, "x-forwarded-proto": "https" };
  const { method, url } = request;
  const onward = send(`http://${target}${url}`, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => response.destroy());
  request.pipe(onward);
}
