import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { eventually, must, run } from "./command.ts";

const sshd = "/usr/sbin/sshd";
export const ssh = "/usr/bin/ssh";

/** Why scenarios with an ssh server cannot run here; undefined where they can. */
export const noSshServer =
  existsSync(sshd) && existsSync(ssh) ? undefined : "skipped: no sshd on this machine (openssh-server)";

/** A real sshd on a loopback port that lets root in with the given keys. */
export class SshServer {
  readonly port: number;
  readonly #process: Bun.Subprocess;

  private constructor(port: number, process: Bun.Subprocess) {
    this.port = port;
    this.#process = process;
  }

  /** `publicKeys` are lines as in authorized_keys; one of `privateKeys` is used to see that it answers. */
  static async start(directory: string, publicKeys: string, privateKey: string): Promise<SshServer> {
    const port = await freePort();
    await must(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(directory, "host")]);
    writeFileSync(join(directory, "authorized"), publicKeys);
    writeFileSync(join(directory, "sshd_config"), configuration(directory, port));
    // Privilege separation wants this directory; distributions make it when their service starts.
    mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
    const server = Bun.spawn([sshd, "-D", "-e", "-f", join(directory, "sshd_config")], {
      stdout: "ignore",
      stderr: Bun.file(join(directory, "sshd.log")),
    });
    const options = [
      "-F",
      "none",
      "-i",
      privateKey,
      "-oIdentitiesOnly=yes",
      "-oBatchMode=yes",
      "-oStrictHostKeyChecking=no",
    ];
    const login = [
      ssh,
      ...options,
      "-oUserKnownHostsFile=/dev/null",
      "-p",
      String(port),
      "root@127.0.0.1",
      "true",
    ];
    await eventually("sshd answers", async () => (await run(login)).code === 0);
    return new SshServer(port, server);
  }

  async close(): Promise<void> {
    this.#process.kill();
    await this.#process.exited;
  }
}

function configuration(directory: string, port: number): string {
  return `ListenAddress 127.0.0.1:${port}
HostKey ${directory}/host
PidFile none
AuthorizedKeysFile ${directory}/authorized
PermitRootLogin yes
AllowUsers root
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes no
`;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
