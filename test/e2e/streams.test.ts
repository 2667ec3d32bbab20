import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { createClient, openWait, parseHost, startContainer } from "../../src/client/index.ts";
import { eventually, residentBytes, run } from "../support/command.ts";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";

const megabyte = 1 << 20;

scenarios("streams", (scene) => {
  const { driver } = scene;

  test("piped stdin with half-close: the end of input reaches the process, its output comes whole", async () => {
    const result = await driver.run(["run", "--rm", "-i", image, "cat"], { input: "hi\n" });
    expect(result).toEqual({ code: 0, stdout: "hi\n", stderr: "" });
    const sorted = await driver.run(["run", "--rm", "-i", image, "sh", "-c", "sort; echo done"], {
      input: "b\na\n",
    });
    expect(sorted.stdout).toBe("a\nb\ndone\n");
  });

  test("without -i stdin is empty", async () => {
    expect((await driver.run(["run", "--rm", image, "cat"], { input: "hi\n" })).stdout).toBe("");
  });

  test("a process that never reads its input does not keep the command", async () => {
    const result = await driver.run(["run", "--rm", "-i", image, "echo", "done"], {
      input: "x".repeat(megabyte),
    });
    expect(result.stdout).toBe("done\n");
  });

  test("binary input comes back byte for byte", async () => {
    const input = new Uint8Array(3 * megabyte + 17).map((_, index) => (index * 31 + (index >> 8)) & 255);
    const sum = await driver.run(["run", "--rm", "-i", image, "sha256sum"], { input });
    expect(sum.stdout.slice(0, 64)).toBe(createHash("sha256").update(input).digest("hex"));
    const child = driver.spawn(["run", "--rm", "-i", image, "cat"]);
    const output = new Response(child.stdout).bytes();
    await child.stdin.write(input);
    await child.stdin.end();
    expect(Buffer.compare(await output, input)).toBe(0);
  });

  test("200 MB of lines come whole and in order", async () => {
    // 20 million lines of ten bytes, cheap to make on both sides.
    const script = "yes 123456789 | head -c 209715200";
    const child = driver.spawn(["run", "--rm", "--log-driver", "none", image, "sh", "-c", script]);
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const chunk of child.stdout) {
      hash.update(chunk);
      bytes += chunk.length;
    }
    const expected = await run(["sh", "-c", `${script} | sha256sum`]);
    expect(bytes).toBe(209715200);
    expect(hash.digest("hex")).toBe(expected.stdout.slice(0, 64));
    expect(await child.exited).toBe(0);
  }, 120_000);

  test("a reader that stops reading does not grow the engine", async () => {
    const { engine } = scene;
    if (engine === undefined) return;
    const before = residentBytes(engine.pid);
    const child = driver.spawn([
      "run",
      "--rm",
      "--log-driver",
      "none",
      image,
      "sh",
      "-c",
      "yes 123456789 | head -c 209715200",
    ]);
    const reader = child.stdout.getReader();
    await reader.read();
    // Nobody reads: whatever the engine would take in now, it would have to keep.
    const grown: number[] = [];
    for (let step = 0; step < 20; step++) {
      await Bun.sleep(100);
      grown.push(residentBytes(engine.pid) - before);
    }
    expect(Math.max(...grown)).toBeLessThan(64 * megabyte);
    let bytes = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) bytes += part.value.length;
    expect(bytes).toBeGreaterThan(200_000_000 - 10 * megabyte);
    expect(await child.exited).toBe(0);
  }, 120_000);

  test("a reader that goes away ends the command, not the container, nor the engine", async () => {
    const name = driver.own("left-alone");
    const script = "yes | head -c 5000000; echo end >&2";
    const child = driver.spawn(["run", "--rm", "--name", name, image, "sh", "-c", script]);
    const reader = child.stdout.getReader();
    await reader.read();
    await reader.cancel();
    child.kill("SIGKILL");
    await child.exited;
    expect((await driver.run(["run", "--rm", image, "echo", "alive"])).stdout).toBe("alive\n");
    await eventually("it ran to its end", async () => !(await driver.containers()).includes(name));
  });

  test("an end is announced only when those who read the output have all of it", async () => {
    const { engine } = scene;
    if (engine === undefined) return;
    const name = driver.own("order");
    // Sockets on the way hold it all, so that the process ends although nobody reads.
    const script = "head -c 400000 /dev/zero; echo end";
    await driver.ok("create", "-t", "--name", name, image, "sh", "-c", script);
    const client = createClient({ host: engine.host, endpoint: parseHost(engine.host, false) });
    const reader = new LateReader(engine.socket, name);
    await reader.attached;
    const wait = await openWait(client, name, "next-exit");
    await startContainer(client, name);
    const pid = await driver.ok("inspect", "-f", "{{.State.Pid}}", name);
    await eventually("its process is gone", () => !existsSync(`/proc/${pid}`));
    reader.read();
    expect((await wait.result).StatusCode).toBe(0);
    // What the reader still misses is in its socket now: it needs no engine any more.
    process.kill(engine.pid, "SIGSTOP");
    try {
      expect(await reader.ended).toBe(400_000 + "end\r\n".length);
    } finally {
      process.kill(engine.pid, "SIGCONT");
    }
  });
});

/** Attaches, and counts what the container says once it is told to read. */
class LateReader {
  readonly attached: Promise<void>;
  readonly ended: Promise<number>;
  readonly #socket: Socket;
  #bytes = 0;

  constructor(path: string, container: string) {
    const head = `POST /containers/${container}/attach?stream=1&stdout=1 HTTP/1.1\r\nHost: engine\r\n`;
    const socket = connect(path, () => socket.write(`${head}Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n`));
    this.#socket = socket;
    this.attached = once(socket, "data").then(([answer]: Buffer[]) => {
      socket.pause();
      expect(String(answer)).toEndWith("\r\n\r\n");
    });
    this.ended = once(socket, "end").then(() => this.#bytes);
  }

  read(): void {
    this.#socket.on("data", (piece: Buffer) => {
      this.#bytes += piece.length;
    });
    this.#socket.resume();
  }
}
