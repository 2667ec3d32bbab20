import { connect } from "node:net";
import { eventually, linesOf } from "./command.ts";
import type { Driver } from "./driver.ts";

/** The port of this machine behind which a container's port stands. */
export async function publishedPort(driver: Driver, name: string, inside: number): Promise<number> {
  const ports = await driver.ok("port", name, String(inside));
  return Number(/:(\d+)$/m.exec(ports)?.[1]);
}

/** Says something to a TCP port of this machine and answers what came back until `enough`; empty where nobody answers. */
export function talk(port: number, text: string, enough: RegExp = /\n/): Promise<string> {
  return new Promise((resolve) => {
    let heard = "";
    const socket = connect({ port, host: "127.0.0.1" }, () => socket.write(text));
    socket.setTimeout(3000, () => socket.destroy());
    socket.on("data", (data: Buffer) => {
      heard += data.toString();
      if (enough.test(heard)) socket.destroy();
    });
    socket.on("error", () => resolve(""));
    socket.on("close", () => resolve(heard));
  });
}

/** What a web server on a port of this machine says about a path, once it answers and `wanted` is in it. */
export function page(port: number, path: string, wanted: RegExp): Promise<string> {
  return eventually(`${path} on port ${port} has ${wanted}`, async () => {
    const answer = await talk(port, `GET ${path} HTTP/1.0\r\n\r\n`, wanted);
    return wanted.test(answer) && answer;
  });
}

/** Waits until a container has logged a line with this; answers the line. */
export async function logged(driver: Driver, name: string, wanted: RegExp): Promise<string> {
  const follower = driver.spawn(["logs", "-f", name]);
  try {
    return await Promise.any([follower.stdout, follower.stderr].map((stream) => lineWith(stream, wanted)));
  } finally {
    follower.kill();
    await follower.exited;
  }
}

async function lineWith(stream: ReadableStream<Uint8Array>, wanted: RegExp): Promise<string> {
  for await (const line of linesOf(stream)) if (wanted.test(line)) return line;
  throw new Error(`the log ended without ${wanted}`);
}
