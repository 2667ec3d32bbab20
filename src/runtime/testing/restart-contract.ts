import { describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { isZombie } from "../monitor/zombie.ts";
import type { RuntimeFixture } from "./fixture.ts";

/** The engine dies by kill -9; the next one takes over. */
export function restartContract(fixture: () => RuntimeFixture): void {
  /** Another process starts a container and is killed. */
  async function startedByAnother(script: string): Promise<{ id: string; directory: string; pid: number }> {
    const { root, launch } = {
      root: fixture().root,
      launch: fixture().launch({ args: ["sh", "-c", script] }),
    };
    const program = join(import.meta.dirname, "start-and-wait.ts");
    const options = {
      execRoot: join(root, "run"),
      defaultRuntime: fixture().runtime,
      cgroupParent: "/gantry-test",
    };
    const child = spawn(process.execPath, [program, JSON.stringify({ options, launch })], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    child.kill("SIGKILL");
    await once(child, "exit");
    return { id: launch.id, directory: launch.directory, pid: Number(line.toString()) };
  }

  describe("restart", () => {
    test("a running container goes on, and its exit is seen", async () => {
      const { id, directory, pid } = await startedByAnother(
        "trap 'exit 42' TERM; echo up; while :; do sleep 0.1; done",
      );
      const service = fixture().restart();
      expect(await service.known()).toContain(id);
      expect(await service.adopt(id, directory)).toEqual({ running: true, pid });
      const io = await service.attach(id, { stdin: false, stdout: true, stderr: true, tty: false });
      await service.kill(id, 15);
      expect((await service.exited(id)).exitCode).toBe(42);
      io.close();
      await service.delete(id);
      expect(await service.known()).not.toContain(id);
    });

    test("an exit while no engine lived is known", async () => {
      const { id, directory, pid } = await startedByAnother(
        "trap 'exit 43' TERM; echo up; while :; do sleep 0.1; done",
      );
      const before = fixture().restart();
      await before.adopt(id, directory);
      process.kill(pid, "SIGTERM");
      await before.exited(id);
      const service = fixture().restart();
      expect(await service.adopt(id, directory)).toMatchObject({ running: false });
      expect((await service.exited(id)).exitCode).toBe(43);
      await service.delete(id);
    });

    test("a container that nobody adopts can still be deleted", async () => {
      const { id, pid } = await startedByAnother("echo up; sleep 1000");
      const service = fixture().restart();
      await service.delete(id);
      expect(await service.known()).not.toContain(id);
      expect(isZombie(pid)).toBe(true);
    });

    test("a monitor that is killed takes its container along", async () => {
      const { service } = fixture();
      const { id, launch } = await fixture().prepare({ args: ["sleep", "1000"] });
      await service.start(id);
      process.kill(Number(await Bun.file(join(launch.directory, "monitor-pid")).text()), "SIGKILL");
      expect((await service.exited(id)).exitCode).toBe(137);
      expect(await service.processIds(id)).toEqual([]);
      await service.delete(id);
    });

    test("what was never launched is adopted as ended", async () => {
      const service = fixture().restart();
      const { id, directory } = fixture().launch();
      expect(await service.adopt(id, directory)).toMatchObject({ running: false });
      expect((await service.exited(id)).exitCode).toBe(255);
      await service.delete(id);
    });
  });
}
