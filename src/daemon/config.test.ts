import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { instanceOf, loadConfig } from "./config.ts";
import { helpText, parseCommandLine } from "./flags.ts";

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "gantry-config-"));
  file = join(directory, "daemon.json");
});
afterEach(() => rmSync(directory, { recursive: true }));

function load(args: string[], json?: unknown) {
  writeFileSync(file, typeof json === "string" ? json : JSON.stringify(json ?? {}));
  return loadConfig(parseCommandLine(["--config-file", file, ...args]));
}

describe("flags", () => {
  test("are written in every way pflag takes", () => {
    const config = load(["-Dl=info", "-H", "unix:///a", "-Hunix:///b", "--host=unix:///c", "--icc=false"]);
    expect(config.hosts).toEqual(["unix:///a", "unix:///b", "unix:///c"]);
    expect(config.debug).toBe(true);
    expect(config.logLevel).toBe("debug");
    expect(config.icc).toBe(false);
  });

  test("take runtimes, limits and maps", () => {
    const config = load([
      "--add-runtime",
      "a=/bin/a",
      "--add-runtime=b=/bin/b",
      "--default-ulimit",
      "nofile=10:20",
      "--log-opt",
      "max-size=1m",
    ]);
    expect(config.runtimes).toEqual({ a: { path: "/bin/a" }, b: { path: "/bin/b" } });
    expect(config.defaultUlimits).toEqual({ nofile: { Name: "nofile", Soft: 10, Hard: 20 } });
    expect(config.logOpts).toEqual({ "max-size": "1m" });
  });

  test.each([
    [["--nope"], "unknown flag: --nope"],
    [["--data-rot", "/x"], "Did you mean --data-root?"],
    [["-Z"], "unknown shorthand flag: 'Z' in -Z"],
    [["--data-root"], "flag needs an argument: --data-root"],
    [["extra"], '"gantry daemon" accepts no arguments: extra'],
    [["--log-level", "loud"], "invalid logging level: loud"],
    [["--label", "ab"], "bad attribute format: ab"],
    [["--dns", "x"], "invalid IP address: x"],
    [["--bip", "x"], "invalid CIDR address: x"],
    [["-H", "foo://x"], "invalid bind address (foo://x)"],
    [["-H", "tcp://0.0.0.0:2375"], "refusing to listen on tcp://0.0.0.0:2375 without --tlsverify"],
    [["-H", "tcp://0.0.0.0:2375", "--tls"], "refusing to listen on tcp://0.0.0.0:2375 without --tlsverify"],
    [["--tlsverify"], "--tlsverify needs --tlscacert, --tlscert and --tlskey"],
    [["--storage-driver", "vfs"], "storage driver vfs is not supported"],
    [["--userns-remap", "a:b:c"], 'invalid userns-remap "a:b:c"'],
    [["--exec-opt", "native.cgroupdriver=systemd"], "native.cgroupdriver=cgroupfs is the only one"],
    [
      ["--default-ulimit", "nofile=20:10"],
      "ulimit soft limit must be less than or equal to hard limit: 20 > 10",
    ],
    [["--mtu", "big"], 'invalid argument "big" for "--mtu" flag'],
  ])("%j is refused: %s", (args, message) => {
    expect(() => load(args)).toThrow(message);
  });

  test("all stand in the help", () => {
    expect(helpText()).toMatch(/-H, --host list +Where to listen/);
    expect(helpText()).toContain("--config-file string");
  });
});

describe("daemon.json", () => {
  test("holds what flags hold, under dockerd's keys", () => {
    const config = load([], {
      hosts: ["unix:///x"],
      labels: ["a=b"],
      "default-ulimits": { nofile: { Name: "nofile", Soft: 1, Hard: 2 } },
      "log-opts": { "max-file": "3" },
      "default-shm-size": "1g",
      runtimes: { mine: { path: "/bin/mine", runtimeArgs: ["--debug"] } },
      proxies: { "http-proxy": "http://p:1" },
      "userland-proxy": false,
      storage: { max: "20GB" },
    });
    expect(config.storageMaxBytes).toBe(20 * 2 ** 30);
    expect(config.hosts).toEqual(["unix:///x"]);
    expect(config.labels).toEqual(["a=b"]);
    expect(config.defaultShmSizeBytes).toBe(2 ** 30);
    expect(config.httpProxy).toBe("http://p:1");
    expect(config.notes).toHaveLength(1);
    expect(config.runtimes.mine?.runtimeArgs).toEqual(["--debug"]);
  });

  test.each([
    [
      { debgu: true, "x-y-z-nothing-near": 1 },
      "match any configuration option: debgu (did you mean debug?), x-y-z",
    ],
    [{ storage: { maxx: "1GB" } }, "storage-maxx (did you mean storage-max?)"],
    [{ storage: { max: "0" } }, "invalid storage max: 0: it must be more than nothing"],
    [{ storage: "20GB" }, "match any configuration option: storage"],
    [{ debug: "yes" }, 'invalid JSON: debug must be true or false, not "yes"'],
    ["{", "invalid JSON"],
    ["[]", "invalid JSON: the file must hold one object"],
    [
      { labels: ["ab"] },
      "merged configuration validation from file and command line flags failed: bad attribute",
    ],
  ])("%j is refused: %s", (json, message) => {
    expect(() => load([], json)).toThrow(message);
  });

  test("conflicts with a flag of the same directive, except for runtimes", () => {
    expect(() => load(["-D", "--label", "c=d"], { debug: false, labels: ["a=b"] })).toThrow(
      "the following directives are specified both as a flag and in the configuration file: " +
        "debug: (from flag: true, from file: false), labels: (from flag: [c=d], from file: [a=b])",
    );
    const merged = load(["--add-runtime", "a=/a"], { runtimes: { b: { path: "/b" } } });
    expect(Object.keys(merged.runtimes).sort()).toEqual(["a", "b"]);
  });

  test("an empty file is an empty object, a missing named one an error", () => {
    expect(load([], "").debug).toBe(false);
    expect(() => loadConfig(parseCommandLine(["--config-file", "/nonexistent/daemon.json"]))).toThrow(
      "open /nonexistent/daemon.json: no such file or directory",
    );
  });
});

describe("instance", () => {
  test("is empty for the default root and the same through a link", () => {
    expect(instanceOf("/var/lib/gantry")).toBe("");
    const link = join(directory, "link");
    symlinkSync(directory, link);
    expect(instanceOf(join(link, "new"))).toBe(instanceOf(join(directory, "new")));
    expect(instanceOf(directory)).toMatch(/^[0-9a-f]{6}$/);
  });

  test("the socket and pid file follow the exec root", () => {
    const config = load(["--exec-root", "/run/other"]);
    expect(config.hosts).toEqual(["unix:///run/other/gantry.sock"]);
    expect(config.pidFile).toBe("/run/other/gantry.pid");
  });
});
