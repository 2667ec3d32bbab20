import { createSocket } from "node:dgram";
import { networkInterfaces } from "node:os";
import { expect, test } from "bun:test";
import { eventually, run, spawn } from "../support/command.ts";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";

scenarios("network", ({ driver }) => {
  const output = (...args: string[]) => driver.ok("run", "--rm", ...args);

  /** A container that answers every TCP connection on `port` with `text`. */
  const server = async (name: string, flags: string[], port = 80, text = "hello") => {
    const script = `while :; do echo ${text} | nc -l -p ${port} >/dev/null; done`;
    await driver.ok("run", "-d", "--name", driver.own(name), ...flags, image, "sh", "-c", script);
    return driver.own(name);
  };
  test("bridge: an address, a gateway that answers, a way out", async () => {
    const addresses = await output(image, "ip", "-4", "-o", "addr", "show", "eth0");
    expect(addresses).toMatch(/inet 172\.\d+\.\d+\.\d+\/16/);
    const route = await output(image, "ip", "route");
    const gateway = /^default via (\S+) dev eth0/m.exec(route)?.[1];
    expect(gateway).toBeDefined();
    if (driver.engine === "gantry")
      expect(await output(image, "sh", "-c", `ping -c 1 -W 2 ${gateway} >/dev/null && echo ok`)).toBe("ok");
  });

  test("inspect shows what the container has", async () => {
    const name = driver.own("shown");
    await driver.ok("run", "-d", "--name", name, image, "sleep", "1000");
    const address = await driver.ok("inspect", "-f", "{{.NetworkSettings.Networks.bridge.IPAddress}}", name);
    expect(await driver.ok("exec", name, "ip", "-4", "-o", "addr", "show", "eth0")).toContain(
      `inet ${address}/`,
    );
    expect(await driver.ok("inspect", "-f", "{{.NetworkSettings.Networks.bridge.MacAddress}}", name)).toMatch(
      /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/,
    );
    await driver.ok("rm", "-f", name);
  });

  test("two containers reach each other", async () => {
    const name = await server("peer", [], 80, "peer");
    const address = await driver.ok("inspect", "-f", "{{.NetworkSettings.Networks.bridge.IPAddress}}", name);
    expect(
      await eventually(
        "it answers",
        async () =>
          (await driver.run(["run", "--rm", image, "nc", "-w", "2", address, "80"])).stdout.trim() ||
          undefined,
      ),
    ).toBe("peer");
    await driver.ok("rm", "-f", name);
  });

  test("a published TCP port answers on localhost, on the host's address and after a restart of the container", async () => {
    const name = await server("tcp", ["-p", "24701:80"]);
    expect(await ask("127.0.0.1", 24701)).toBe("hello");
    if (driver.engine === "gantry") {
      for (const address of hostAddresses()) expect(await ask(address, 24701)).toBe("hello");
    }
    expect(await driver.ok("port", name)).toContain("80/tcp -> 0.0.0.0:24701");
    expect(await driver.ok("ps", "--filter", `name=${name}`, "--format", "{{.Ports}}")).toContain(
      "0.0.0.0:24701->80/tcp",
    );
    await driver.ok("restart", "-t", "0", name);
    expect(await ask("127.0.0.1", 24701)).toBe("hello");
    await driver.ok("rm", "-f", name);
  });

  test("a host address limits a port to it; a range; any free port", async () => {
    const name = await server("range", ["-p", "127.0.0.1:24702:80", "-p", "24710-24712:90-92", "-p", "93"]);
    expect(await ask("127.0.0.1", 24702)).toBe("hello");
    const ports = await driver.ok("port", name);
    expect(ports).toContain("80/tcp -> 127.0.0.1:24702");
    for (const [inside, outside] of [
      [90, 24710],
      [91, 24711],
      [92, 24712],
    ])
      expect(ports).toContain(`${inside}/tcp -> 0.0.0.0:${outside}`);
    expect(ports).toMatch(/93\/tcp -> 0\.0\.0\.0:\d+/);
    await driver.ok("rm", "-f", name);
  });

  test("a published UDP port carries datagrams both ways", async () => {
    const name = driver.own("udp");
    await driver.ok("run", "-d", "--name", name, "-p", "24703:53/udp", image, "sleep", "1000");
    const pid = await driver.ok("inspect", "-f", "{{.State.Pid}}", name);
    // Busybox has no UDP server: one of ours, put into the container's network.
    const echo = `require("node:dgram").createSocket("udp4").on("message", function (data, from) {
      this.send("got " + data, from.port, from.address);
    }).bind(53, () => console.log("ready"))`;
    const server = spawn(["nsenter", "-t", pid, "-n", process.execPath, "-e", echo]);
    await server.stdout.getReader().read();
    for (const host of ["127.0.0.1", ...(driver.engine === "gantry" ? hostAddresses().slice(0, 1) : [])]) {
      const socket = createSocket("udp4");
      const answer = Promise.withResolvers<string>();
      socket.on("message", (data) => answer.resolve(data.toString()));
      socket.send("ping", 24703, host);
      expect(await answer.promise).toBe("got ping");
      socket.close();
    }
    server.kill();
    expect(await driver.ok("port", name)).toContain("53/udp -> 0.0.0.0:24703");
    await driver.ok("rm", "-f", name);
  });

  test("-P publishes what the image or --expose names", async () => {
    const name = await server("all", ["-P", "--expose", "80"]);
    const port = /80\/tcp -> 0\.0\.0\.0:(\d+)/.exec(await driver.ok("port", name))?.[1];
    expect(await ask("127.0.0.1", port ?? "0")).toBe("hello");
    await driver.ok("rm", "-f", name);
  });

  test("a port already taken is an error, and the container can be removed or started later", async () => {
    const first = await server("first", ["-p", "24704:80"]);
    const second = driver.own("second");
    const { code, text } = await driver.fails("run", "--name", second, "-p", "24704:80", image, "true");
    expect(code).toBe(125);
    expect(text).toContain("24704");
    expect(text).toMatch(/port is already allocated/);
    if (driver.engine === "gantry") expect(text).toContain(first);
    await driver.ok("rm", "-f", first);
    expect(await driver.ok("start", "-a", second)).toBe("");
    await driver.ok("rm", second);
  });

  test("a port a program of the host has is an error that names it", async () => {
    if (driver.engine === "dockerd") return;
    const holder = Bun.listen({ hostname: "0.0.0.0", port: 24705, socket: { data() {} } });
    const { code, text } = await driver.fails("run", "--rm", "-p", "24705:80", image, "true");
    holder.stop();
    expect(code).toBe(125);
    expect(text).toContain("24705");
    expect(text).toMatch(/address already in use/);
    expect(text).toContain(String(process.pid));
  });

  test("host: the host's own interfaces and name; none: only loopback", async () => {
    const host = await output("--network", "host", image, "ls", "/sys/class/net");
    if (driver.engine === "gantry") {
      const own = await run(["ls", "/sys/class/net"]);
      expect(host.split("\n")).toEqual(expect.arrayContaining(["lo"]));
      expect(own.stdout.split("\n")).toContain("lo");
      expect(await output("--network", "host", image, "hostname")).toBe(
        (await run(["hostname"])).stdout.trim(),
      );
    }
    expect(await output("--network", "none", image, "ls", "/sys/class/net")).not.toContain("eth0");
    expect(await output("--network", "none", image, "ip", "-4", "-o", "addr")).toMatch(
      /^1: lo .*127\.0\.0\.1/,
    );
  });

  test("container:NAME shares another's network", async () => {
    const name = await server("owner", [], 81, "shared");
    const address = await driver.ok("inspect", "-f", "{{.NetworkSettings.Networks.bridge.IPAddress}}", name);
    expect(
      await output("--network", `container:${name}`, image, "ip", "-4", "-o", "addr", "show", "eth0"),
    ).toContain(`inet ${address}/`);
    expect(
      await eventually(
        "it answers on localhost",
        async () =>
          (
            await driver.run([
              "run",
              "--rm",
              "--network",
              `container:${name}`,
              image,
              "nc",
              "-w",
              "2",
              "127.0.0.1",
              "81",
            ])
          ).stdout.trim() || undefined,
      ),
    ).toBe("shared");
    const conflict = await driver.fails("run", "--rm", "--network", `container:${name}`, "-p", "1:1", image);
    expect(conflict.text).toContain(
      "conflicting options: port publishing and the container type network mode",
    );
    await driver.ok("rm", "-f", name);
    expect((await driver.fails("run", "--rm", "--network", "container:no-such-one", image)).text).toContain(
      "No such container: no-such-one",
    );
  });

  test("/etc/hosts, /etc/hostname, /etc/resolv.conf as Docker makes them", async () => {
    const name = driver.own("files");
    await driver.ok(
      "run",
      "-d",
      "--name",
      name,
      "--hostname",
      "box",
      "--add-host",
      "db:10.1.2.3",
      "--dns",
      "9.9.9.9",
      "--dns-search",
      "example.org",
      "--dns-option",
      "ndots:3",
      image,
      "sleep",
      "1000",
    );
    const address = await driver.ok("inspect", "-f", "{{.NetworkSettings.Networks.bridge.IPAddress}}", name);
    const hosts = await driver.ok("exec", name, "cat", "/etc/hosts");
    for (const line of ["127.0.0.1\tlocalhost", "10.1.2.3\tdb", `${address}\tbox`])
      expect(hosts).toContain(line);
    expect(await driver.ok("exec", name, "cat", "/etc/hostname")).toBe("box");
    const resolv = await driver.ok("exec", name, "cat", "/etc/resolv.conf");
    for (const line of ["nameserver 9.9.9.9", "search example.org", "options ndots:3"])
      expect(resolv).toContain(line);
    // The container may change its own copy; a restart keeps what --add-host said.
    await driver.ok("exec", name, "sh", "-c", "echo 1.2.3.4 mine >> /etc/hosts");
    expect(await driver.ok("exec", name, "cat", "/etc/hosts")).toContain("1.2.3.4 mine");
    await driver.ok("rm", "-f", name);
  });

  test("--add-host NAME:host-gateway is the bridge's address", async () => {
    const hosts = await output("--add-host", "up:host-gateway", image, "cat", "/etc/hosts");
    expect(hosts).toMatch(/^172\.\d+\.\d+\.\d+\tup$/m);
  });

  test("wrong network options get Docker's errors", async () => {
    expect((await driver.fails("run", "--rm", "--network", "nosuch", image)).text).toContain(
      "network nosuch not found",
    );
    expect((await driver.fails("run", "--rm", "-p", "abc:80", image)).text).toMatch(
      /[Ii]nvalid hostPort: abc/,
    );
    expect((await driver.fails("run", "--rm", "-p", "99999:80", image)).text).toMatch(
      /[Ii]nvalid hostPort: 99999/,
    );
    expect(
      (await driver.fails("run", "--rm", "--network", "host", "--hostname", "x", "--add-host", "bad", image))
        .text,
    ).toMatch(/invalid.*bad/i);
    expect((await driver.fails("run", "--rm", "--dns", "not-an-ip", image)).text).toContain("not-an-ip");
  });
});

/** The first line that somebody on a TCP port says. */
async function ask(host: string, port: number | string): Promise<string> {
  return eventually(`${host}:${port} answers`, async () => {
    const line = await run(["timeout", "2", "bash", "-c", `exec 3<>/dev/tcp/${host}/${port}; head -1 <&3`]);
    return line.stdout.trim() || undefined;
  });
}

/** The machine's own addresses, besides loopback and those of bridges that engines made. */
function hostAddresses(): string[] {
  return Object.entries(networkInterfaces())
    .filter(([name]) => !/^(docker|gantry|br|veth|gt)/.test(name))
    .flatMap(([, addresses]) => addresses ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address);
}
