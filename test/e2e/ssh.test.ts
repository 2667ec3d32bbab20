// `-H ssh://` against a real sshd, started on a loopback port with keys of its own; skipped where there is none.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, must, type Result, run } from "../support/command.ts";
import { Driver } from "../support/driver.ts";
import { dockerClient } from "../support/drivers.ts";
import { busyboxImage, ensureBusybox } from "../support/images.ts";
import { gantryBinary, runPrefix } from "../support/paths.ts";
import { TestEngine } from "../support/test-engine.ts";

const sshd = "/usr/sbin/sshd";
const ssh = "/usr/bin/ssh";
setDefaultTimeout(60_000);

if (!existsSync(sshd) || !existsSync(ssh)) {
  test.skip("ssh://: no sshd on this machine (openssh-server)", () => {});
} else {
  describe("ssh://", () => {
    const directory = mkdtempSync(join(tmpdir(), `${runPrefix}ssh-`));
    let engine: TestEngine;
    let server: Bun.Subprocess;
    let port = 0;

    beforeAll(async () => {
      port = await freePort();
      await writeServer(directory, port);
      // Privilege separation wants this directory; distributions make it when their service starts.
      mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
      server = Bun.spawn([sshd, "-D", "-e", "-f", join(directory, "sshd_config")], {
        stdout: "ignore",
        stderr: Bun.file(join(directory, "log")),
      });
      engine = await TestEngine.start();
      await ensureBusybox(new Driver("gantry", "gantry", engine.host, [gantryBinary]));
      await eventually("sshd answers", async () => (await overSsh([gantryBinary], ["version"])).code === 0);
    });
    afterAll(async () => {
      server.kill();
      await server.exited;
      expect(await engine.dispose()).toEqual([]);
      rmSync(directory, { recursive: true });
    });

    function overSsh(command: string[], args: string[], input?: string): Promise<Result> {
      return run([...command, ...args], {
        ...(input !== undefined && { input }),
        env: {
          DOCKER_HOST: `ssh://root@127.0.0.1:${port}${engine.socket}`,
          PATH: `${directory}/bin:${process.env.PATH}`,
        },
      });
    }

    const docker = dockerClient();
    const clients = [
      ["gantry", gantryBinary] as const,
      ...(docker ? [["docker", docker.command] as const] : []),
    ];
    test.each(clients)("%s runs, feeds and looks at containers", async (_, command) => {
      const echoed = await overSsh(
        [command],
        ["run", "--rm", "-i", busyboxImage, "sh", "-c", "cat; exit 3"],
        "over ssh",
      );
      expect(echoed).toEqual({ code: 3, stdout: "over ssh", stderr: "" });
      const listed = await overSsh([command], ["images", "--format", "{{.Repository}}"]);
      expect(listed).toEqual({ code: 0, stdout: "gt-busybox\n", stderr: "" });
    });

    test("a key that the server does not know is refused, and said so", async () => {
      const result = await run([gantryBinary, "ps"], {
        env: {
          DOCKER_HOST: `ssh://nobody@127.0.0.1:${port}${engine.socket}`,
          PATH: `${directory}/bin:${process.env.PATH}`,
        },
      });
      expect(result.code).toBe(1);
      expect(result.stderr).toContain("Permission denied");
    });
  });
}

/** A server's keys and configuration, and an `ssh` that trusts and uses them. */
async function writeServer(directory: string, port: number): Promise<void> {
  const bin = join(directory, "bin");
  mkdirSync(bin);
  for (const key of ["host", "user"])
    await must(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(directory, key)]);
  writeFileSync(
    join(directory, "sshd_config"),
    `ListenAddress 127.0.0.1:${port}
HostKey ${directory}/host
PidFile none
AuthorizedKeysFile ${directory}/user.pub
PermitRootLogin yes
AllowUsers root
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes no
SetEnv PATH=${bin}:/usr/local/bin:/usr/bin:/bin
`,
  );
  const options = `-F none -i ${directory}/user -o IdentitiesOnly=yes -o BatchMode=yes -o UserKnownHostsFile=${directory}/known -o StrictHostKeyChecking=accept-new -o LogLevel=ERROR`;
  writeFileSync(join(bin, "ssh"), `#!/bin/sh\nexec ${ssh} ${options} "$@"\n`);
  chmodSync(join(bin, "ssh"), 0o755);
  symlinkSync(gantryBinary, join(bin, "gantry"));
  // Docker's client asks for the program by its own name.
  symlinkSync(gantryBinary, join(bin, "docker"));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
