import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { LaunchError } from "../runtime-error.ts";
import { RuntimeFixture } from "./fixture.ts";

/** What every RuntimeService must do, whichever OCI runtime is behind it. Runs real containers. */
export function runtimeContract(name: string): void {
  describe(`runtime service by ${name}`, () => {
    let fixture: RuntimeFixture;
    beforeAll(() => {
      fixture = new RuntimeFixture(name);
    });
    afterAll(async () => {
      await fixture[Symbol.asyncDispose]();
    });

    test("runs a command and keeps its streams apart", async () => {
      const result = await fixture.shell("echo out; echo err >&2; exit 3");
      expect(result).toMatchObject({ exitCode: 3, stdout: "out\n", stderr: "err\n", oomKilled: false });
    });

    test("answers 128 + n for a signal", async () => {
      const { id, io } = await fixture.prepare({ args: ["sleep", "1000"] });
      await fixture.service.start(id);
      await fixture.service.kill(id, 9);
      expect((await fixture.service.exited(id)).exitCode).toBe(137);
      io.close();
    });

    test.each([
      ["nosuch", 127, 'exec: "nosuch": executable file not found in $PATH'],
      ["/nosuch", 127, 'exec: "/nosuch": stat /nosuch: no such file or directory'],
      ["/etc/passwd", 126, 'exec: "/etc/passwd": permission denied'],
    ])("a command that cannot run: %s", async (command, exitCode, words) => {
      const error: unknown = await fixture.run([command]).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(LaunchError);
      expect(error).toMatchObject({ kind: "invalid", exitCode });
      expect((error as LaunchError).message).toBe(
        `failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: ${words}`,
      );
    });
  });
}
