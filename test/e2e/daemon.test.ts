import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, linesOf, must, type Result, run, spawn } from "../support/command.ts";
import { busyboxImage as image } from "../support/drivers.ts";
import { Driver } from "../support/driver.ts";
import { ensureBusybox } from "../support/images.ts";
import { gantryBinary, runPrefix } from "../support/paths.ts";
import { TestEngine } from "../support/test-engine.ts";

const driverOf = (engine: TestEngine) => new Driver("gantry", "gantry", () => engine.host, [gantryBinary]);

describe("an engine that ends and comes back", () => {
  let engine: TestEngine;
  let driver: Driver;
  beforeAll(async () => {
    engine = await TestEngine.start();
    driver = driverOf(engine);
    await ensureBusybox(driver);
  });
  afterAll(async () => {
    await driver.clean();
    expect(await engine.dispose()).toEqual([]);
  });
  afterEach(() => driver.clean());

  const ticking = async (name: string, ...flags: string[]) => {
    await driver.ok(
      "run",
      "-d",
      "--name",
      driver.own(name),
      ...flags,
      image,
      "sh",
      "-c",
      "i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done",
    );
    return driver.own(name);
  };
  const lines = async (name: string) => (await driver.ok("logs", name)).split("\n");

  test.each(["SIGTERM", "SIGINT", "SIGKILL"] as const)(
    "%s: containers go on, their logs go on, the next start finds them",
    async (signal) => {
      const name = await ticking("lives");
      await eventually("it ticks", async () => (await lines(name)).length > 3);
      const pid = Number(await driver.ok("inspect", "-f", "{{.State.Pid}}", name));
      const code = await engine.end(signal);
      expect(code).toBe(signal === "SIGKILL" ? 137 : 0);
      expect(() => process.kill(pid, 0)).not.toThrow();
      await Bun.sleep(300);
      await engine.start();
      expect(await driver.ok("inspect", "-f", "{{.State.Running}} {{.State.Pid}}", name)).toBe(`true ${pid}`);
      const before = (await lines(name)).length;
      await eventually("it ticks on", async () => (await lines(name)).length > before + 5);
      ascending(await lines(name));
      expect(await driver.ok("exec", name, "echo", "exec works")).toBe("exec works");
      await driver.ok("stop", "-t", "0", name);
      expect(await driver.ok("inspect", "-f", "{{.State.ExitCode}}", name)).toBe("137");
    },
  );

  test("a clean end leaves socket, pid file and lock to the next", async () => {
    expect(existsSync(join(engine.execRoot, "gantry.pid"))).toBe(true);
    await engine.end();
    expect(existsSync(engine.socket)).toBe(false);
    expect(existsSync(join(engine.execRoot, "gantry.pid"))).toBe(false);
    await engine.start();
  });

  test("an exit while the engine was away is known afterwards, with its code; --rm is caught up", async () => {
    const ends = driver.own("ends");
    const removed = driver.own("removed");
    const script = "while [ ! -e /tmp/go ]; do sleep 0.02; done; exit 23";
    await driver.ok("run", "-d", "--name", ends, image, "sh", "-c", script);
    await driver.ok("run", "-d", "--rm", "--name", removed, image, "sh", "-c", script);
    const pids = await Promise.all(
      [ends, removed].map(async (name) => Number(await driver.ok("inspect", "-f", "{{.State.Pid}}", name))),
    );
    await engine.end("SIGKILL");
    for (const pid of pids) {
      writeFileSync(`/proc/${pid}/root/tmp/go`, "");
      await eventually("it has ended", () => !existsSync(`/proc/${pid}/root/tmp`));
    }
    await engine.start();
    expect(await driver.ok("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", ends)).toBe("exited 23");
    await eventually("--rm is caught up", async () => !(await driver.containers()).includes(removed));
  });

  test("published ports, stdin and restart policies go on over a restart", async () => {
    const web = driver.own("web");
    await driver.ok(
      "run",
      "-d",
      "--name",
      web,
      "-p",
      "24751:80",
      image,
      "sh",
      "-c",
      "while :; do echo hello | nc -l -p 80 >/dev/null; done",
    );
    const comeback = driver.own("comeback");
    await driver.ok("run", "-d", "--restart", "always", "--name", comeback, image, "sleep", "1000");
    await engine.end("SIGKILL");
    await engine.start();
    await eventually("the port answers", async () => (await answer()).stdout === "hello\n");
    const pid = Number(await driver.ok("inspect", "-f", "{{.State.Pid}}", comeback));
    process.kill(pid, "SIGKILL");
    await eventually(
      "it was started again",
      async () =>
        (await driver.ok("inspect", "-f", "{{.State.Running}} {{.State.Pid}}", comeback)) !== `true ${pid}`,
    );
    await driver.ok("rm", "-f", web);
    expect((await answer()).stdout).toBe("");
  });

  test("a container with restart policy always starts with the engine, one that was stopped by hand does not", async () => {
    const always = driver.own("always");
    const unlessStopped = driver.own("unless");
    const stopped = driver.own("stopped");
    for (const [name, policy] of [
      [always, "always"],
      [unlessStopped, "unless-stopped"],
      [stopped, "unless-stopped"],
    ] as const)
      await driver.ok("run", "-d", "--restart", policy, "--name", name, image, "sleep", "1000");
    await driver.ok("stop", "-t", "0", stopped);
    const pids = await Promise.all(
      [always, unlessStopped].map((name) => driver.ok("inspect", "-f", "{{.State.Pid}}", name)),
    );
    await engine.end("SIGKILL");
    // As after a boot: nothing of them runs any more.
    for (const pid of pids) process.kill(Number(pid), "SIGKILL");
    await engine.start();
    for (const name of [always, unlessStopped])
      await eventually(
        `${name} runs`,
        async () => (await driver.ok("inspect", "-f", "{{.State.Running}}", name)) === "true",
      );
    expect(await driver.ok("inspect", "-f", "{{.State.Running}}", stopped)).toBe("false");
  });

  test("a client that follows is let go, and the engine ends at once", async () => {
    const name = await ticking("followed");
    const following = spawn([gantryBinary, "-H", engine.host, "logs", "-f", name]);
    await following.stdout.getReader().read();
    const started = performance.now();
    expect(await engine.end()).toBe(0);
    expect(performance.now() - started).toBeLessThan(10_000);
    await following.exited;
    await engine.start();
  });

  test("SIGHUP reads the configuration again", async () => {
    const file = join(engine.directory, "daemon.json");
    writeFileSync(file, JSON.stringify({ labels: ["color=red"], debug: true }));
    process.kill(engine.pid, "SIGHUP");
    await eventually(
      "the label shows",
      async () => (await driver.ok("info", "-f", "{{json .Labels}} {{.Debug}}")) === '["color=red"] true',
    );
    writeFileSync(file, "{ broken");
    process.kill(engine.pid, "SIGHUP");
    await eventually("it says so", () => engine.log.includes("the configuration stays as it was"));
    expect(await driver.ok("info", "-f", "{{json .Labels}}")).toBe('["color=red"]');
    writeFileSync(file, "{}");
  });
});

describe("several engines", () => {
  test("live side by side: own containers, networks and ports; one's end does not touch the other", async () => {
    const engines = await Promise.all([TestEngine.start(), TestEngine.start()]);
    const [first, second] = engines.map(driverOf) as [Driver, Driver];
    await Promise.all([ensureBusybox(first), ensureBusybox(second)]);
    for (const driver of [first, second])
      await driver.ok("run", "-d", "--name", "same-name", image, "sleep", "1000");
    expect(await first.ok("inspect", "-f", "{{.Id}}", "same-name")).not.toBe(
      await second.ok("inspect", "-f", "{{.Id}}", "same-name"),
    );
    await first.ok("rm", "-f", "same-name");
    expect(await engines[0].dispose()).toEqual([]);
    const gateway = await second.ok(
      "inspect",
      "-f",
      "{{.NetworkSettings.Networks.bridge.Gateway}}",
      "same-name",
    );
    expect(await second.ok("exec", "same-name", "ping", "-c", "1", "-W", "2", gateway)).toContain(
      "1 packets received",
    );
    await second.ok("rm", "-f", "same-name");
    expect(await engines[1].dispose()).toEqual([]);
  });

  test("two on one root are refused, with the other's process id", async () => {
    const engine = await TestEngine.start();
    const again = await daemon([
      "--data-root",
      engine.dataRoot,
      "--exec-root",
      `${engine.execRoot}2`,
      "-H",
      `unix://${engine.socket}2`,
    ]);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain(
      `another engine (process ${engine.pid}) already works on the data root ${engine.dataRoot}`,
    );
    const sameSocket = await daemon([
      "--data-root",
      `${engine.dataRoot}3`,
      "--exec-root",
      `${engine.execRoot}3`,
      "-H",
      engine.host,
    ]);
    expect(sameSocket.stderr).toContain("another program listens there");
    expect(await engine.dispose()).toEqual([]);
  });
});

describe("listening", () => {
  test("several -H, each 0660; docker's own path too; called as docker it is the same command", async () => {
    const folder = mkdtempSync(join(tmpdir(), runPrefix));
    const second = join(folder, "docker.sock");
    const engine = await TestEngine.start({ flags: ["-H", `unix://${second}`] });
    for (const path of [engine.socket, second]) expect(statSync(path).mode & 0o777).toBe(0o660);
    await must(["ln", "-s", gantryBinary, join(folder, "docker")]);
    const asDocker = await run([join(folder, "docker"), "-H", `unix://${second}`, "run"]);
    expect(asDocker.stdout + asDocker.stderr).toContain("docker run");
    expect((await run([join(folder, "docker"), "-H", `unix://${second}`, "ps"])).code).toBe(0);
    expect(await engine.dispose()).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  test("TCP needs client certificates; with one it works, also for streams; without one it is refused", async () => {
    const folder = mkdtempSync(join(tmpdir(), runPrefix));
    await makeCertificates(folder);
    const tls = [
      "--tlsverify",
      "--tlscacert",
      `${folder}/ca.pem`,
      "--tlscert",
      `${folder}/server.pem`,
      "--tlskey",
      `${folder}/server-key.pem`,
    ];
    const engine = await TestEngine.start({ flags: ["-H", "tcp://127.0.0.1:24752", ...tls] });
    await ensureBusybox(driverOf(engine));
    const client = [
      "--tlsverify",
      "--tlscacert",
      `${folder}/ca.pem`,
      "--tlscert",
      `${folder}/cert.pem`,
      "--tlskey",
      `${folder}/key.pem`,
    ];
    const echoed = await run(
      [gantryBinary, "-H", "tcp://127.0.0.1:24752", ...client, "run", "--rm", "-i", image, "cat"],
      { input: "over TLS\n" },
    );
    expect(echoed).toEqual({ code: 0, stdout: "over TLS\n", stderr: "" });
    const nobody = await run([
      "curl",
      "-sS",
      "--cacert",
      `${folder}/ca.pem`,
      "https://127.0.0.1:24752/version",
    ]);
    expect(nobody.code).not.toBe(0);
    const plain = await run(["curl", "-sS", "http://127.0.0.1:24752/version"]);
    expect(plain.stdout).not.toContain("ApiVersion");
    expect(await engine.dispose()).toEqual([]);
    const open = await daemon(["-H", "tcp://127.0.0.1:24752"]);
    expect(open.code).toBe(1);
    expect(open.stderr).toContain("refusing to listen on tcp://127.0.0.1:24752 without --tlsverify");
    rmSync(folder, { recursive: true });
  });

  test("fd:// takes the socket of a service manager", async () => {
    const folder = mkdtempSync(join(tmpdir(), runPrefix));
    writeFileSync(join(folder, "daemon.json"), "{}");
    const socket = join(folder, "activated.sock");
    const notify = join(folder, "notify.sock");
    // What systemd does: bind, listen, hand over as descriptor 3, name the process in LISTEN_PID, wait for READY=1.
    const manager = `
import os, socket, sys
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(16)
n = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); n.bind(sys.argv[2])
pid = os.fork()
if pid == 0:
    os.dup2(s.fileno(), 3); os.set_inheritable(3, True)
    os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()), NOTIFY_SOCKET=sys.argv[2])
    os.execv(sys.argv[3], sys.argv[3:])
print(f"{pid} {n.recv(4096).decode().split()[0]}", flush=True)
sys.stdin.read(); os.kill(pid, 15); print(f"{os.waitpid(pid, 0)[1]}", flush=True)
`;
    const flags = [
      "-H",
      "fd://",
      "--data-root",
      join(folder, "data"),
      "--exec-root",
      join(folder, "run"),
      "--config-file",
      join(folder, "daemon.json"),
    ];
    const child = spawn(["python3", "-c", manager, socket, notify, gantryBinary, "daemon", ...flags]);
    const lines = linesOf(child.stdout);
    expect((await lines.next()).value).toMatch(/^\d+ READY=1$/);
    expect((await run([gantryBinary, "-H", `unix://${socket}`, "version"])).code).toBe(0);
    await child.stdin.end();
    expect((await lines.next()).value).toBe("0");
    expect(existsSync(socket)).toBe(true);
    rmSync(folder, { recursive: true });
  });
});

describe("configuration", () => {
  test("--validate, unknown keys, conflicts", async () => {
    const folder = mkdtempSync(join(tmpdir(), runPrefix));
    const file = join(folder, "daemon.json");
    const validate = (json: unknown, ...flags: string[]) => {
      writeFileSync(file, JSON.stringify(json));
      return daemon(["--validate", "--config-file", file, ...flags]);
    };
    expect(await validate({ debug: true })).toEqual({ code: 0, stdout: "configuration OK\n", stderr: "" });
    const unknown = await validate({ debgu: true });
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain("debgu (did you mean debug?)");
    expect((await validate({ debug: false }, "-D")).stderr).toContain(
      "debug: (from flag: true, from file: false)",
    );
    expect((await daemon(["--help"])).stdout).toContain("--data-root");
    expect((await daemon(["--version"])).stdout).toMatch(/^gantry version \d/);
    rmSync(folder, { recursive: true });
  });

  test("not root, and nothing to run containers with", async () => {
    const folder = mkdtempSync(join(tmpdir(), runPrefix));
    mkdirSync(join(folder, "bin"));
    await must(["chmod", "755", folder]);
    const copy = join(folder, "gantry");
    await must(["cp", gantryBinary, copy]);
    const user = await run(["setpriv", "--reuid", "65534", "--clear-groups", copy, "daemon"]);
    expect(user.code).toBe(1);
    expect(user.stderr).toContain("the engine needs to run as root");
    // A root of its own with nothing in it but the program's libraries.
    const bare = await run([
      "unshare",
      "-m",
      "sh",
      "-c",
      `mount -t tmpfs none /usr/sbin && mount --bind "$0/bin" /usr/bin && exec "$0/gantry" daemon --data-root "$0/d" --exec-root "$0/r"`,
      folder,
    ]);
    expect(bare.code).toBe(1);
    expect(bare.stderr).toContain("these programs are missing: crun or runc, conmon, nft");
    rmSync(folder, { recursive: true });
  });
});

/** A counting container's log lost nothing and repeats nothing. */
function ascending(found: string[]): void {
  expect(found).toEqual(found.map((_, index) => String(index + 1)));
}

/** What the published port of the web container says. */
function answer(): Promise<Result> {
  return run(["timeout", "2", "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/24751; head -1 <&3"]);
}

/** Runs a daemon that is expected to end by itself. */
function daemon(flags: string[]): Promise<Result> {
  return run([gantryBinary, "daemon", ...flags], { timeoutMs: 15_000 });
}

async function makeCertificates(folder: string): Promise<void> {
  const script = `
cd "$0"; key="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
openssl req -x509 $key -days 2 -keyout ca-key.pem -out ca.pem -subj /CN=ca
printf 'subjectAltName=IP:127.0.0.1\\n' > server.ext; printf 'extendedKeyUsage=clientAuth\\n' > client.ext
for pair in server:server client:""; do
  kind=\${pair%%:*}; name=\${pair#*:}; name=\${name:+$name.pem}; name=\${name:-cert.pem}; k=\${name%.pem}-key.pem; [ $kind = server ] || k=key.pem
  openssl req $key -keyout $k -out req.pem -subj /CN=$kind
  openssl x509 -req -in req.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 -out $name -extfile $kind.ext
done`;
  await must(["bash", "-ec", script, folder]);
  expect(readFileSync(join(folder, "cert.pem"), "utf8")).toContain("BEGIN CERTIFICATE");
}
