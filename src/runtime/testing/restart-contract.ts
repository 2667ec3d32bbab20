import { describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Cgroup } from "../../linux/cgroup.ts";
import { isZombie } from "../monitor/zombie.ts";
import type { RuntimeFixture } from "./fixture.ts";

/** The engine dies by kill -9; the next one takes over. */
export function restartContract(fixture: () => RuntimeFixture): void {
  /** Another process launches a container and is killed: once it has spoken, or at a step of its creation. */
  async function killedEngine(script: string, killAt?: string) {
    const launch = fixture().launch({ args: ["sh", "-c", script] });
    const options = {
      execRoot: join(fixture().root, "run"),
      defaultRuntime: fixture().runtime,
      cgroupParent: "/gantry-test",
      favorCgroupChanges: false,
    };
    const program = join(import.meta.dirname, "start-and-wait.ts");
    const child = spawn(process.execPath, [program, JSON.stringify({ options, launch })], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, ...(killAt === undefined ? {} : { GANTRY_TEST_KILL_AT: killAt }) },
    });
    const exit = once(child, "exit");
    let said = "";
    if (killAt === undefined) {
      said = String((await once(child.stdout, "data"))[0]);
      child.kill("SIGKILL");
    }
    await exit;
    return { id: launch.id, directory: launch.directory, pid: Number(said) };
  }

  function expectNothingOf(id: string, directory: string): void {
    expect(new Cgroup(`/gantry-test/${id}`).exists()).toBe(false);
    expect(existsSync(join(fixture().root, "run", "runtime", "state", id))).toBe(false);
    expect(existsSync(directory) ? readdirSync(directory) : []).toEqual([]);
  }

  describe("restart", () => {
    test("a running container goes on, and its exit is seen", async () => {
      const { id, directory, pid } = await killedEngine(
        "trap 'exit 42' TERM; echo up; while :; do sleep 0.1; done",
      );
      const service = fixture().restart();
      expect(await service.known()).toContain(id);
      expect(await service.adopt(id, directory)).toEqual({ running: true, paused: false, pid });
      const io = await service.attach(id, { stdin: false, stdout: true, stderr: true, tty: false });
      await service.kill(id, 15);
      expect((await service.exited(id)).exitCode).toBe(42);
      io.close();
      await service.delete(id);
      expect(await service.known()).not.toContain(id);
    });

    test("an exit while no engine lived is known", async () => {
      const { id, directory, pid } = await killedEngine(
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
      const { id, pid } = await killedEngine("echo up; sleep 1000");
      const service = fixture().restart();
      await service.delete(id);
      expect(await service.known()).not.toContain(id);
      expect(isZombie(pid)).toBe(true);
    });

    test.each(["runtime-registered", "runtime-monitor-started", "runtime-created"])(
      "killed at %s, the next engine gives everything back",
      async (step) => {
        const { id, directory } = await killedEngine("echo up; sleep 1000", step);
        const service = fixture().restart();
        expect(await service.known()).toContain(id);
        await service.delete(id);
        expect(await service.known()).not.toContain(id);
        expectNothingOf(id, directory);
      },
    );

    test("killed between create and start, the next engine starts it", async () => {
      const { id, directory } = await killedEngine("exit 12", "runtime-monitor-started");
      const service = fixture().restart();
      expect((await service.adopt(id, directory)).running).toBe(true);
      expect(await service.isCreated(id)).toBe(true);
      await service.start(id);
      expect((await service.exited(id)).exitCode).toBe(12);
      await service.delete(id);
      expectNothingOf(id, directory);
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

    test("after a boot, other programs have its numbers: it has ended", async () => {
      const { id, directory } = fixture().launch();
      const other = spawn("sleep", ["1000"]);
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, "monitor-pid"), String(other.pid));
      const service = fixture().restart();
      expect(await service.adopt(id, directory)).toMatchObject({ running: false });
      writeFileSync(join(directory, "pid"), String(other.pid));
      expect(await fixture().restart().adopt(id, directory)).toMatchObject({ running: false });
      await service.delete(id);
      expect(other.exitCode).toBe(null);
      other.kill();
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
