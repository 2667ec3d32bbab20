import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { readLog } from "../logs/read-log.ts";
import { collect, type RuntimeFixture } from "./fixture.ts";

const all = { stdin: true, stdout: true, stderr: true, tty: false };
const mebibyte = 1 << 20;

/** Input, output, terminals. */
export function stdioContract(fixture: () => RuntimeFixture): void {
  describe("stdio", () => {
    test("closing the input is an end of file inside, output goes on", async () => {
      const { service } = fixture();
      const { id, io } = await fixture().prepare({
        config: { OpenStdin: true, StdinOnce: true },
        args: ["sh", "-c", "cat; echo after"],
      });
      await service.start(id);
      const output = collect(io.output);
      await io.write(Buffer.from("hello\n"));
      await io.closeInput();
      expect((await output).stdout).toBe("hello\nafter\n");
      expect((await service.exited(id)).exitCode).toBe(0);
      await service.delete(id);
    });

    test("input written before the start is not lost", async () => {
      const { service } = fixture();
      const { id, io } = await fixture().prepare({
        config: { OpenStdin: true, StdinOnce: true },
        args: ["cat"],
      });
      await io.write(Buffer.from("early"));
      await io.closeInput();
      await service.start(id);
      expect((await collect(io.output)).stdout).toBe("early");
      await service.delete(id);
    });

    test("megabytes of input arrive byte for byte", async () => {
      const { service } = fixture();
      const { id, io } = await fixture().prepare({
        config: { OpenStdin: true, StdinOnce: true },
        args: ["md5sum"],
      });
      await service.start(id);
      const output = collect(io.output);
      const data = Buffer.alloc(3 * mebibyte + 123, "some text that is not a power of two ");
      await io.write(data);
      await io.closeInput();
      expect((await output).stdout).toStartWith(createHash("md5").update(data).digest("hex"));
      await service.delete(id);
    });

    test("a client without input may leave: the input of others stays open", async () => {
      const { service } = fixture();
      const { id, io } = await fixture().prepare({
        config: { OpenStdin: true, StdinOnce: true },
        args: ["cat"],
      });
      await service.start(id);
      const watcher = await service.attach(id, { ...all, stdin: false });
      watcher.close();
      await io.write(Buffer.from("still here\n"));
      const { value } = await io.output[Symbol.asyncIterator]().next();
      expect(Buffer.from(value.data).toString()).toBe("still here\n");
      await io.closeInput();
      expect((await service.exited(id)).exitCode).toBe(0);
      await service.delete(id);
    });

    test("without StdinOnce the input outlives its clients", async () => {
      const { service } = fixture();
      const { id, io } = await fixture().prepare({ config: { OpenStdin: true }, args: ["head", "-n2"] });
      await service.start(id);
      await io.write(Buffer.from("one\n"));
      await io.closeInput();
      io.close();
      const again = await service.attach(id, all);
      const output = collect(again.output);
      await again.write(Buffer.from("two\n"));
      expect((await output).stdout).toEndWith("two\n");
      await service.delete(id);
    });

    test("several clients see the same", async () => {
      const { service } = fixture();
      const { id, io } = await fixture().prepare({ args: ["sh", "-c", "echo one; echo two >&2"] });
      const others = await Promise.all([
        service.attach(id, all),
        service.attach(id, { ...all, stderr: false }),
      ]);
      await service.start(id);
      const outputs = await Promise.all([io, ...others].map(({ output }) => collect(output)));
      expect(outputs.map(({ stdout }) => stdout)).toEqual(["one\n", "one\n", "one\n"]);
      expect(outputs.map(({ stderr }) => stderr)).toEqual(["two\n", "two\n", ""]);
      await service.exited(id);
      expect(service.attach(id, all)).rejects.toThrow(
        "You cannot attach to a stopped container, start it first",
      );
      await service.delete(id);
    });

    test("a flood of output arrives byte for byte", async () => {
      const { service } = fixture();
      const { id, io } = await fixture().prepare({
        args: ["sh", "-c", "yes 0123456789abcdef | head -c 20000000"],
      });
      await service.start(id);
      const hash = createHash("md5");
      let bytes = 0;
      for await (const { data } of io.output) {
        hash.update(data);
        bytes += data.length;
      }
      const line = "0123456789abcdef\n";
      const expected = Buffer.alloc(20_000_000, line);
      expect(bytes).toBe(expected.length);
      expect(hash.digest("hex")).toBe(createHash("md5").update(expected).digest("hex"));
      await service.delete(id);
    });

    test("a slow reader slows the container, not the engine's memory", async () => {
      const { service } = fixture();
      const { id, io } = await fixture().prepare({ args: ["sh", "-c", "yes | head -c 200000000; exit 4"] });
      await service.start(id);
      const output = io.output[Symbol.asyncIterator]();
      await output.next();
      const before = process.memoryUsage.rss();
      for (let turn = 0; turn < 50; turn += 1) {
        await output.next();
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(process.memoryUsage.rss() - before).toBeLessThan(64 * mebibyte);
      await service.kill(id, 9);
      // The end is seen although nobody reads on.
      expect((await service.exited(id)).exitCode).toBe(137);
      io.close();
      await service.delete(id);
    });

    test("a terminal joins both streams and takes its size", async () => {
      const { service } = fixture();
      const { id, io } = await fixture().prepare({
        config: { Tty: true, OpenStdin: true, StdinOnce: true },
        args: [
          "sh",
          "-c",
          "read line; stty size; echo err >&2; until stty size | grep -x '5 9'; do sleep 0.01; done",
        ],
      });
      await service.start(id);
      const output = collect(io.output);
      service.resize(id, { height: 33, width: 101 });
      await io.write(Buffer.from("\n"));
      const other = await service.attach(id, all);
      other.close();
      service.resize(id, { height: 4, width: 8 });
      service.resize(id, { height: 5, width: 9 });
      const { stdout, stderr } = await output;
      expect(stdout).toContain("33 101\r\nerr\r\n");
      expect(stdout).toContain("5 9\r\n");
      expect(stderr).toBe("");
      await service.delete(id);
    });

    test("the log has both streams in order", async () => {
      const { service } = fixture();
      const directory = join(fixture().root, "container-logs");
      const { id } = await fixture().prepare({
        output: { directory, keeping: { segmentBytes: 1024, compress: false } },
        args: ["sh", "-c", "echo one; sleep 0.1; echo two >&2; printf end"],
      });
      await service.start(id);
      const exit = service.exited(id);
      const query = { stdout: true, stderr: true, tail: Infinity, timestamps: false };
      const { signal } = new AbortController();
      const log = await collect(readLog(directory, { ...query, follow: true, ended: exit, signal }));
      expect(log).toEqual({ stdout: "one\nend", stderr: "two\n" });
      await service.delete(id);
    });
  });
}
