import {
  createServer,
  request as send,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

/**
 * What goes wrong with a request. Bytes are counted in the answer's body, or in the request's for `cut-request`; what comes
 * after that waits until `meanwhile` is over.
 */
export type Fault =
  | { kind: "cut"; afterBytes: number }
  | { kind: "stall"; afterBytes: number }
  | { kind: "corrupt"; atByte: number }
  | { kind: "cut-request"; afterBytes: number; meanwhile?: () => Promise<void> }
  | { kind: "status"; status: number; headers?: Record<string, string>; body?: string };

export interface SeenRequest {
  method: string;
  path: string;
  range: string | undefined;
  authorization: string | undefined;
  /** Bytes of the answer's body that went through. */
  bytes: number;
}

interface Rule {
  pattern: RegExp;
  fault: Fault;
  times: number;
}

/** Stands between an engine and a registry: keeps account of every request, and makes some of them fail. */
export class FaultProxy {
  readonly seen: SeenRequest[] = [];
  readonly #server: Server;
  readonly #target: string;
  #rules: Rule[] = [];
  #meanwhile: Promise<void> | undefined;

  private constructor(target: string) {
    this.#target = target;
    this.#server = createServer((request, response) => void this.#handle(request, response));
    this.#server.on("clientError", (_error, socket) => socket.destroy());
  }

  /** `target` is HOST:PORT of a registry without TLS. */
  static async start(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The next `times` requests whose `METHOD PATH` matches fail so. */
  fail(pattern: RegExp, fault: Fault, times = 1): void {
    this.#rules.push({ pattern, fault, times });
  }

  reset(): void {
    this.#rules = [];
    this.seen.length = 0;
  }

  /** Breaks every connection that is open. */
  drop(): void {
    this.#server.closeAllConnections();
  }

  requests(pattern: RegExp): SeenRequest[] {
    return this.seen.filter(({ method, path }) => pattern.test(`${method} ${path}`));
  }

  dispose(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await this.#meanwhile;
    const { method = "", url = "", headers } = request;
    const seen: SeenRequest = {
      method,
      path: url,
      range: headers.range,
      authorization: headers.authorization,
      bytes: 0,
    };
    this.seen.push(seen);
    const fault = this.#take(`${method} ${url}`);
    if (fault?.kind === "status") {
      request.resume();
      response.writeHead(fault.status, fault.headers).end(fault.body ?? "");
      return;
    }
    this.#forward(request, response, fault, seen);
  }

  #take(line: string): Fault | undefined {
    const rule = this.#rules.find(({ pattern, times }) => times > 0 && pattern.test(line));
    if (rule !== undefined) rule.times -= 1;
    return rule?.fault;
  }

  #forward(
    request: IncomingMessage,
    response: ServerResponse,
    fault: Fault | undefined,
    seen: SeenRequest,
  ): void {
    const onward = send(
      `http://${this.#target}${request.url}`,
      { method: request.method, headers: { ...request.headers } },
      (answer) => this.#relay(answer, response, fault, seen),
    );
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    if (fault?.kind === "cut-request")
      cutRequest(request, onward, fault.afterBytes, () => {
        this.#meanwhile = fault.meanwhile?.();
      });
    else request.pipe(onward);
  }

  #relay(
    answer: IncomingMessage,
    response: ServerResponse,
    fault: Fault | undefined,
    seen: SeenRequest,
  ): void {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    response.flushHeaders();
    answer.on("data", (chunk: Buffer) => {
      const start = seen.bytes;
      seen.bytes += chunk.length;
      if (fault?.kind === "cut" && seen.bytes > fault.afterBytes) {
        response.write(chunk.subarray(0, fault.afterBytes - start), () => response.destroy());
        answer.destroy();
      } else if (fault?.kind === "stall" && seen.bytes > fault.afterBytes) {
        response.write(chunk.subarray(0, fault.afterBytes - start));
        answer.pause();
      } else if (fault?.kind === "corrupt" && start <= fault.atByte && fault.atByte < seen.bytes) {
        const damaged = Buffer.from(chunk);
        damaged[fault.atByte - start] = (damaged[fault.atByte - start] ?? 0) ^ 0xff;
        response.write(damaged);
      } else if (!response.write(chunk)) {
        answer.pause();
        response.once("drain", () => answer.resume());
      }
    });
    answer.on("end", () => response.end());
    answer.on("error", () => response.destroy());
  }
}

/** The registry gets so much of the body, and then the connection breaks, on both sides. */
function cutRequest(
  request: IncomingMessage,
  onward: ReturnType<typeof send>,
  afterBytes: number,
  meanwhile: () => void,
): void {
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes < afterBytes) return void onward.write(chunk);
    request.removeAllListeners("data");
    onward.write(chunk, () => {
      meanwhile();
      onward.destroy();
      request.destroy();
    });
  });
}
