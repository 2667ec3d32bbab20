import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Cgroup } from "../../linux/cgroup.ts";
import { LaunchError } from "../runtime-error.ts";
import { collect, type RuntimeFixture } from "./fixture.ts";

const createPrefix =
  "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: ";

/** From create to delete. */
export function lifeContract(fixture: () => RuntimeFixture): void {
  describe("life", () => {
    test("runs a command and keeps its streams apart", async () => {
      const result = await fixture().shell("echo out; echo err >&2; exit 3");
      expect(result).toMatchObject({ exitCode: 3, stdout: "out\n", stderr: "err\n", oomKilled: false });
    });

    test("is created, then started", async () => {
      const { service } = fixture();
      const { id, pid, io } = await fixture().prepare({ args: ["sleep", "1000"] });
      expect(await service.isCreated(id)).toBe(true);
      expect(await service.processIds(id)).toEqual([pid]);
      await service.start(id);
      expect(await service.isCreated(id)).toBe(false);
      expect(await service.known()).toContain(id);
      await service.kill(id, 9);
      expect((await service.exited(id)).exitCode).toBe(137);
      expect(service.kill(id, 9)).rejects.toMatchObject({ kind: "not-found" });
      io.close();
      await service.delete(id);
    });

    test("signals reach the first process", async () => {
      const { service } = fixture();
      const { id, io } = await fixture().prepare({
        args: ["sh", "-c", "trap 'exit 7' TERM; echo up; while :; do :; done"],
      });
      await service.start(id);
      const output = io.output[Symbol.asyncIterator]();
      await output.next();
      await service.kill(id, 15);
      expect((await service.exited(id)).exitCode).toBe(7);
      await service.delete(id);
    });

    test("pauses and goes on", async () => {
      const { service } = fixture();
      const { id, io } = await fixture().prepare({ config: { OpenStdin: true }, args: ["cat"] });
      await service.start(id);
      await service.pause(id);
      await io.write(Buffer.from("while paused\n"));
      await service.unpause(id);
      const { value } = await io.output[Symbol.asyncIterator]().next();
      expect(Buffer.from(value.data).toString()).toBe("while paused\n");
      await service.pause(id);
      await service.delete(id);
    });

    test("deleting a running container leaves nothing of it", async () => {
      const { service, root } = fixture();
      const { id, io, launch } = await fixture().prepare({ args: ["sh", "-c", "sleep 1000 & sleep 1000"] });
      await service.start(id);
      const ended = collect(io.output);
      await service.delete(id);
      await ended;
      expect(await service.known()).not.toContain(id);
      expect(new Cgroup(`/gantry-test/${id}`).exists()).toBe(false);
      expect(readdirSync(launch.directory)).toEqual([]);
      for (const name of ["state", "exits", "bundles"]) {
        expect(existsSync(join(root, "run", "runtime", name, id))).toBe(false);
      }
      await service.delete(id);
    });

    test.each([
      ["nosuch", 127, 'exec: "nosuch": executable file not found in $PATH'],
      ["/nosuch", 127, 'exec: "/nosuch": stat /nosuch: no such file or directory'],
      ["/etc/passwd", 126, 'exec: "/etc/passwd": permission denied'],
    ])("a command that cannot run: %s", async (command, exitCode, words) => {
      const launch = fixture().launch({ args: [command] });
      const error: unknown = await fixture()
        .service.create(launch)
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(LaunchError);
      expect(error).toMatchObject({ kind: "invalid", exitCode, message: createPrefix + words });
      expect(new Cgroup(`/gantry-test/${launch.id}`).exists()).toBe(false);
      expect(await fixture().service.known()).not.toContain(launch.id);
      expect(readdirSync(launch.directory)).toEqual([]);
    });

    test("a mount that cannot be made says what to look at", () => {
      const mounts = [{ type: "bind" as const, source: "/etc/passwd", target: "/tmp", readOnly: false }];
      const failed = fixture().service.create(fixture().launch({ mounts }));
      expect(failed).rejects.toThrow(/not a directory: Are you trying to mount a directory onto a file/i);
    });

    test("an unknown runtime", () => {
      const failed = fixture().service.create(fixture().launch({ runtime: "nosuch" }));
      expect(failed).rejects.toThrow("unknown or invalid runtime name: nosuch");
    });

    test("many at once", async () => {
      const codes = await Promise.all(
        Array.from({ length: 12 }, (_, index) => fixture().shell(`exit ${index}`)),
      );
      expect(codes.map(({ exitCode }) => exitCode)).toEqual(Array.from({ length: 12 }, (_, index) => index));
    });
  });
}
