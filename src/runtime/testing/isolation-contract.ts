import { describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HostConfig } from "../../spec/api/container.ts";
import type { RuntimeFixture } from "./fixture.ts";

/** What a container sees and may do. The numbers are those of dockerd 28. */
export function isolationContract(fixture: () => RuntimeFixture): void {
  async function output(script: string, hostConfig: HostConfig = {}): Promise<string> {
    const { stdout, stderr } = await fixture().shell(script, { hostConfig });
    return (stdout + stderr).trim();
  }

  async function id(User: string, GroupAdd: string[] = []): Promise<string> {
    return (await fixture().run(["id"], { config: { User }, hostConfig: { GroupAdd } })).stdout.trim();
  }

  async function status(field: string, hostConfig: HostConfig = {}): Promise<string> {
    return (await output(`grep ^${field}: /proc/self/status`, hostConfig)).split("\t").at(-1)?.trim() ?? "";
  }

  describe("isolation", () => {
    test("Docker's fourteen capabilities", async () => {
      expect(await status("CapEff")).toBe("00000000a80425fb");
      expect(await status("CapBnd")).toBe("00000000a80425fb");
      expect(await status("CapInh")).toBe("0000000000000000");
      expect(await status("CapEff", { CapDrop: ["ALL"], CapAdd: ["chown"] })).toBe("0000000000000001");
      expect(await status("CapEff", { CapAdd: ["NET_ADMIN"], CapDrop: ["CAP_KILL"] })).toBe(
        "00000000a80435db",
      );
    });

    test("privileged: the whole bounding set, devices, and no filter", async () => {
      const own = /CapBnd:\s*(\w+)/.exec(await Bun.file("/proc/self/status").text())?.[1] ?? "";
      const hostConfig = { Privileged: true };
      expect(await status("CapEff", hostConfig)).toBe(own);
      expect(await status("Seccomp", hostConfig)).toBe("0");
      expect(
        await output("test -e /dev/kmsg && touch /sys/kernel/x 2>&1 | grep -c Read-only", hostConfig),
      ).toBe("0");
    });

    test("a seccomp filter that refuses what Docker's does", async () => {
      expect(await status("Seccomp")).toBe("2");
      expect(await status("Seccomp", { SecurityOpt: ["seccomp=unconfined"] })).toBe("0");
      expect(await output("unshare -n true")).toContain("Operation not permitted");
      const profile = JSON.stringify({
        defaultAction: "SCMP_ACT_ALLOW",
        syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO" }],
      });
      expect(await output("mkdir /tmp/x", { SecurityOpt: [`seccomp=${profile}`] })).toContain(
        "not permitted",
      );
    });

    test("no new privileges on demand", async () => {
      expect(await status("NoNewPrivs")).toBe("0");
      expect(await status("NoNewPrivs", { SecurityOpt: ["no-new-privileges"] })).toBe("1");
    });

    test("masked and read-only paths, unless lifted", async () => {
      expect(await output("wc -c < /proc/keys; ls /sys/firmware | wc -l")).toBe("0\n0");
      expect(await output("echo x > /proc/sys/kernel/hostname")).toContain("Read-only");
      const lifted = { MaskedPaths: [], ReadonlyPaths: [] };
      expect(
        await output("ls -d /sys/firmware/* | head -n1; cat /proc/keys | head -c1 | wc -c", lifted),
      ).toMatch(/1$/);
    });

    test("namespaces of its own, with a host name and only its own processes", async () => {
      const { stdout } = await fixture().shell("hostname; echo $$; ls /proc | grep -c '^[0-9]'", {
        hostname: "inside",
      });
      expect(stdout).toMatch(/^inside\n1\n\d\n$/);
    });

    test("joins the namespaces of another", async () => {
      const { service } = fixture();
      const { id, pid } = await fixture().prepare({
        args: ["sleep", "1000"],
        hostConfig: { IpcMode: "shareable" },
        hostname: "first",
      });
      await service.start(id);
      const file = (name: string) => `/proc/${pid}/ns/${name}`;
      const namespaces = { pid: file("pid"), ipc: file("ipc"), uts: file("uts"), network: file("net") };
      const hostConfig = { IpcMode: `container:${id}`, PidMode: `container:${id}` };
      const { stdout } = await fixture().shell(
        "hostname; touch /dev/shm/shared; tr '\\0' ' ' < /proc/1/cmdline",
        {
          namespaces,
          hostConfig,
        },
      );
      expect(stdout).toBe("first\nsleep 1000 ");
      const seen = await Bun.file(`/proc/${pid}/root/dev/shm/shared`).exists();
      expect(seen).toBe(true);
      await service.delete(id);
    });

    test("shares the host's namespaces", async () => {
      const { hostname } = await import("node:os");
      const namespaces = { pid: "host", ipc: "host", uts: "host", network: "host" };
      const { stdout } = await fixture().shell("hostname; readlink /proc/self/ns/net", {
        namespaces,
        hostConfig: { IpcMode: "host" },
      });
      const { readlinkSync } = await import("node:fs");
      expect(stdout).toBe(`${hostname()}\n${readlinkSync("/proc/self/ns/net")}\n`);
    });

    test("a private or shared cgroup namespace", async () => {
      expect(await output("head -n1 /proc/self/cgroup", { CgroupnsMode: "private" })).toMatch(/:\/$/);
      expect(await output("grep -c gantry-test /proc/self/cgroup", { CgroupnsMode: "host" })).not.toBe("0");
    });

    test("the default devices and those asked for", async () => {
      expect(await output("ls /dev | grep -v core | tr '\\n' ' '")).toBe(
        "fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero",
      );
      expect(await output("mknod /tmp/kmsg c 1 11 && cat /tmp/kmsg; rm /tmp/kmsg")).toContain(
        "not permitted",
      );
      const device = { PathOnHost: "/dev/full", PathInContainer: "/dev/brimming", CgroupPermissions: "rwm" };
      expect(await output("echo x > /dev/brimming", { Devices: [device] })).toContain("No space left");
    });

    test("user and groups of the rootfs", async () => {
      expect(await id("user")).toBe("uid=1000(user) gid=1000(user) groups=1000(user),2000(extra)");
      expect(await id("1000:0")).toBe("uid=1000(user) gid=0(root) groups=0(root)");
      expect(await id("77:88", ["extra"])).toBe("uid=77 gid=88 groups=88,2000(extra)");
      expect(id("foo")).rejects.toThrow("unable to find user foo: no matching entries in passwd file");
      expect(id("0:foo")).rejects.toThrow("unable to find group foo: no matching entries in group file");
      expect(id("99999999999")).rejects.toThrow("uids and gids must be in range 0-2147483647");
    });

    test("makes the working directory", async () => {
      const { stdout } = await fixture().run(["pwd"], { config: { WorkingDir: "/made/for/this" } });
      expect(stdout).toBe("/made/for/this\n");
      expect(fixture().run(["pwd"], { config: { WorkingDir: "/etc/passwd" } })).rejects.toThrow(
        "Cannot mkdir: /etc/passwd is not a directory",
      );
    });

    test("bind mounts, tmpfs, shared memory, a read-only root", async () => {
      const source = mkdtempSync(join(fixture().root, "bind-"));
      writeFileSync(join(source, "file"), "content");
      mkdirSync(join(source, "sub"));
      const { stdout } = await fixture().shell(
        "cat /b/file; touch /b/sub/new && echo new; touch /r/x 2>&1; touch /x 2>&1; grep -E ' (/t|/dev/shm) ' /proc/mounts",
        {
          hostConfig: { ReadonlyRootfs: true, ShmSize: 1 << 20 },
          mounts: [
            { type: "bind", source, target: "/b", readOnly: false },
            { type: "bind", source, target: "/r", readOnly: true },
            {
              type: "tmpfs",
              source: "",
              target: "/t",
              readOnly: false,
              options: ["nosuid", "nodev", "noexec", "size=64k", "mode=700"],
            },
          ],
        },
      );
      expect(stdout).toStartWith(
        "contentnew\ntouch: /r/x: Read-only file system\ntouch: /x: Read-only file system\n",
      );
      expect(stdout).toContain("shm /dev/shm tmpfs rw,nosuid,nodev,noexec,relatime,size=1024k");
      expect(stdout).toMatch(/tmpfs \/t tmpfs rw,nosuid,nodev,noexec,relatime,size=64k,mode=700/);
    });

    test("sysctls of its namespaces, and none of the host's", async () => {
      expect(
        await output("cat /proc/sys/net/ipv4/ip_forward", { Sysctls: { "net.ipv4.ip_forward": "1" } }),
      ).toBe("1");
      expect(await output("cat /proc/sys/net/ipv4/ip_unprivileged_port_start")).toBe("0");
      const host = fixture().shell("true", {
        namespaces: { network: "host" },
        hostConfig: { Sysctls: { "net.ipv4.ip_forward": "1" } },
      });
      expect(host).rejects.toThrow('sysctl "net.ipv4.ip_forward" not allowed in host network namespace');
    });
  });
}
