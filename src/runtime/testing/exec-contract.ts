import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { newId } from "../../base/ids.ts";
import { LaunchError } from "../runtime-error.ts";
import type { ExecLaunch, ExecProcess } from "../runtime-service.ts";
import { collect, type RuntimeFixture } from "./fixture.ts";

/** Further processes in a running container. */
export function execContract(fixture: () => RuntimeFixture): void {
  describe("exec", () => {
    let containerId = "";
    beforeAll(async () => {
      const { id } = await fixture().prepare({ args: ["sleep", "1000"], hostConfig: { CapDrop: ["MKNOD"] } });
      await fixture().service.start(id);
      containerId = id;
    });
    afterAll(() => fixture().service.delete(containerId));

    function launch(args: string[], change: Partial<ExecLaunch> = {}): ExecLaunch {
      const id = newId();
      return {
        id,
        containerId,
        directory: join(fixture().root, "containers", containerId),
        args,
        env: ["PATH=/bin", "HOME=/"],
        workingDir: "/",
        user: "",
        tty: false,
        stdin: false,
        privileged: false,
        ...change,
      };
    }

    async function run(args: string[], change: Partial<ExecLaunch> = {}) {
      const process = await fixture().service.exec(launch(args, change));
      return finish(process);
    }

    async function effective(change: Partial<ExecLaunch>): Promise<string | undefined> {
      const { stdout } = await run(["grep", "CapEff", "/proc/self/status"], change);
      return stdout.split("\t")[1]?.trim();
    }

    test("has its own streams and exit code", async () => {
      expect(await run(["sh", "-c", "echo out; echo err >&2; exit 5"])).toEqual({
        stdout: "out\n",
        stderr: "err\n",
        exitCode: 5,
      });
    });

    test("leaves no file", async () => {
      const made = launch(["true"]);
      const before = readdirSync(made.directory);
      expect(before).toContain("config.json");
      expect(await finish(await fixture().service.exec(made))).toMatchObject({ exitCode: 0 });
      expect(readdirSync(made.directory)).toEqual(before);
    });

    test("takes user, directory and environment", async () => {
      const { stdout } = await run(["sh", "-c", "id -u; id -G; pwd; echo $WHAT"], {
        user: "user",
        workingDir: "/tmp",
        env: ["PATH=/bin", "WHAT=ever"],
      });
      expect(stdout).toBe("1000\n1000 2000\n/tmp\never\n");
    });

    test("has the container's capabilities, or all when privileged", async () => {
      expect(await effective({})).toBe("00000000a00425fb");
      const own = (await Bun.file("/proc/self/status").text()).match(/CapBnd:\s*(\w+)/)?.[1];
      expect(await effective({ privileged: true })).toBe(own);
    });

    test("half-close of the input", async () => {
      const process = await fixture().service.exec(launch(["cat"], { stdin: true }));
      await process.attachment.write(Buffer.from("through"));
      await process.attachment.closeInput();
      expect(await finish(process)).toEqual({ stdout: "through", stderr: "", exitCode: 0 });
    });

    test("a terminal of its own", async () => {
      const process = await fixture().service.exec(
        launch(["sh", "-c", "until stty size | grep -x '40 120'; do sleep 0.01; done"], {
          tty: true,
          stdin: true,
        }),
      );
      process.resize({ height: 40, width: 120 });
      const { stdout, exitCode } = await finish(process);
      expect(stdout).toContain("40 120\r\n");
      expect(exitCode).toBe(0);
    });

    test.each([
      ["nosuch", 127, 'exec: "nosuch": executable file not found in $PATH'],
      ["/etc/passwd", 126, 'exec: "/etc/passwd": permission denied'],
    ])("a command that cannot run: %s", async (command, exitCode, words) => {
      const made = launch([command]);
      const before = readdirSync(made.directory);
      const error: unknown = await fixture()
        .service.exec(made)
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(LaunchError);
      expect(error).toMatchObject({
        exitCode,
        message: `OCI runtime exec failed: exec failed: unable to start container process: ${words}`,
      });
      expect(readdirSync(made.directory)).toEqual(before);
    });

    test("an unknown user", () => {
      expect(run(["true"], { user: "nobody-here" })).rejects.toThrow(
        "unable to find user nobody-here: no matching entries in passwd file",
      );
      expect(() => fixture().service.checkUser(containerId, "user:nogroup")).toThrow(
        "unable to find group nogroup: no matching entries in group file",
      );
      expect(() => fixture().service.checkUser(containerId, "user:extra")).not.toThrow();
    });

    test("fifty at once, every exit code its own", async () => {
      const codes = Array.from({ length: 50 }, (_, index) => index);
      const results = await Promise.all(codes.map((code) => run(["sh", "-c", `echo ${code}; exit ${code}`])));
      expect(results.map(({ exitCode }) => exitCode)).toEqual(codes);
      expect(results.map(({ stdout }) => stdout)).toEqual(codes.map((code) => `${code}\n`));
    });
  });
}

async function finish(process: ExecProcess) {
  const output = await collect(process.attachment.output);
  return { ...output, exitCode: await process.exited };
}
