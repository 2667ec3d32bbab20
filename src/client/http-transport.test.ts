import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { httpTransport } from "./http-transport.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "transport-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

test("a request is on its way before its body begins", async () => {
  const body = new PassThrough();
  const server = createServer((request, response) => {
    // Without the request there would never be a body.
    body.end("late");
    request.pipe(response);
  });
  const path = join(directory, "socket");
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    const answer = await httpTransport(
      { kind: "unix", path },
      { method: "POST", path: "/", headers: {}, body },
    );
    expect(await answer.text()).toBe("late");
  } finally {
    server.close();
  }
});
