import { afterAll, beforeAll, expect, test } from "bun:test";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { file, tarOf } from "../../src/store/testing/tar-of.ts";
import { must } from "../support/command.ts";
import { scenarios } from "../support/drivers.ts";
import { keptOf } from "../support/small-disk.ts";

const tar = tarOf(file("greeting", "hello\n"));
const cutBytes = 600;

type Answer = (response: ServerResponse) => void;

const body = (bytes: Uint8Array): Answer => {
  return (response) => void response.writeHead(200, { "Content-Length": bytes.length }).end(bytes);
};

scenarios("import from a URL", ({ driver, engine }) => {
  let server: Server;
  let answers: Record<string, Answer>;
  const own = (tag: string) => `${driver.prefix}${tag}`;
  const url = (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;

  beforeAll(async () => {
    const xz = Buffer.from(
      await must(["sh", "-c", 'printf %s "$TAR" | base64 -d | xz -0 -c | base64 -w0'], {
        env: { TAR: tar.toString("base64") },
      }),
      "base64",
    );
    answers = {
      "/plain": body(tar),
      "/gzip": body(gzipSync(tar)),
      "/xz": body(xz),
      "/zstd": body(zstdCompressSync(tar)),
      "/chunked": (response) => void response.end(tar),
      "/moved": (response) => void response.writeHead(302, { Location: "/plain" }).end(),
      "/loop": (response) => void response.writeHead(302, { Location: "/loop" }).end(),
      "/absent": (response) => void response.writeHead(404).end(" no such thing\n"),
      "/broken": (response) => void response.writeHead(500).end("broken"),
      "/cut": (response) => {
        response.writeHead(200, { "Content-Length": tar.length });
        response.write(tar.subarray(0, cutBytes), () => response.destroy());
      },
      "/text": body(Buffer.from("not a tar at all")),
    };
    server = createServer((request, response) => answers[request.url ?? ""]?.(response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test("what is fetched becomes an image, however it is compressed", async () => {
    for (const path of ["/plain", "/gzip", "/xz", "/zstd", "/chunked", "/moved"]) {
      // This dockerd asks the xz program, which is not there.
      if (path === "/xz" && driver.engine === "dockerd") continue;
      const name = own(`${path.slice(1)}:1`);
      const output = await driver.ok("import", "-c", "ENV A=b", url(path), name);
      const lines = output.split(/[\r\n]+/);
      expect(lines[0]).toBe(`Downloading from ${url(path)}`);
      expect(lines.at(-1)).toMatch(/^sha256:[0-9a-f]{64}$/);
      const format = "{{.Comment}} {{.Size}} {{json .Config.Env}}";
      expect(await driver.ok("image", "inspect", "-f", format, name)).toBe(
        `Imported from ${url(path)} 6 ["A=b"]`,
      );
      await driver.ok("rmi", name);
    }
  });

  test("what cannot be fetched is told in Docker's words, and leaves nothing", async () => {
    const before = engine && keptOf(engine);
    const port = (server.address() as AddressInfo).port;
    const refused: [string, string][] = [
      [url("/absent"), `failed to GET ${url("/absent")} with status 404 Not Found: no such thing`],
      [url("/broken"), `failed to GET ${url("/broken")} with status 500 Internal Server Error: broken`],
      [url("/loop"), "stopped after 10 redirects"],
      [url("/cut"), "unexpected EOF"],
      [url("/text"), ""],
      [
        "http://127.0.0.1:1/x",
        'Get "http://127.0.0.1:1/x": dial tcp 127.0.0.1:1: connect: connection refused',
      ],
      [`https://127.0.0.1:${port}/plain`, "http: server gave HTTP response to HTTPS client"],
    ];
    for (const [place, message] of refused) {
      const { code, stderr } = await driver.run(["import", place, own("refused:1")]);
      expect(stderr).toContain(message);
      expect(stderr).not.toBe("");
      expect(code).toBe(1);
    }
    expect((await driver.run(["image", "inspect", own("refused:1")])).code).toBe(1);
    if (engine && before) expect(keptOf(engine)).toEqual(before);
  });
});
