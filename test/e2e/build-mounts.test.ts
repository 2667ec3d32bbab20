// What RUN may be given besides its layer, option by option, and what a Dockerfile may only ask for if whoever builds it has said so.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Result, run } from "../support/command.ts";
import { Driver } from "../support/driver.ts";
import { busyboxImage, ensureBusybox } from "../support/images.ts";
import { gantryBinary, runPrefix } from "../support/paths.ts";
import { TestEngine } from "../support/test-engine.ts";

setDefaultTimeout(60_000);

describe("RUN", () => {
  const directory = mkdtempSync(join(tmpdir(), `${runPrefix}build-mounts-`));
  let engine: TestEngine;

  beforeAll(async () => {
    mkdirSync(join(directory, "sub"));
    writeFileSync(join(directory, "file"), "of the context\n");
    writeFileSync(join(directory, "sub", "inner"), "inner\n");
    engine = await TestEngine.start();
    await ensureBusybox(new Driver("gantry", "gantry", engine.host, [gantryBinary]));
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true });
    expect(await engine.dispose()).toEqual([]);
  });

  async function build(
    lines: string[],
    flags: string[] = [],
    env: Record<string, string> = {},
  ): Promise<Result> {
    const dockerfile = [`FROM ${busyboxImage}`, ...lines].join("\n");
    const args = ["build", "--no-cache", "--progress", "plain", "-f", "-", ...flags, directory];
    return await run([gantryBinary, "-H", engine.host, ...args], { env, input: dockerfile });
  }

  /** What the steps print, line by line. */
  async function printed(
    steps: string[],
    flags: string[] = [],
    env: Record<string, string> = {},
  ): Promise<string[]> {
    const { code, stderr } = await build(steps, flags, env);
    if (code !== 0) throw new Error(stderr);
    const lines = [...stderr.matchAll(/^#\d+ \d+\.\d+ (.*)$/gm)].map(([, line = ""]) => line);
    return lines.filter((line) => !line.startsWith("not cached: "));
  }

  const refused = async (lines: string[], flags: string[] = []) => {
    const { code, stderr } = await build(lines, flags);
    return code === 0 ? "" : (/^ERROR: failed to build: failed to solve: (.*)$/m.exec(stderr)?.[1] ?? stderr);
  };

  describe("with a cache", () => {
    test("has it for itself where it is private, with others where it is shared", async () => {
      expect(
        await printed([
          counting("shared"),
          counting("shared"),
          counting("locked"),
          counting("locked"),
          counting("private"),
          counting("private"),
        ]),
      ).toEqual(["1", "2", "1", "2", "1", "2"]);
    });

    test("waits for one that is locked, and gets another than a private one that is in use", async () => {
      expect(await printed(atOnce("locked"))).toEqual(["well", "well"]);
      expect(await printed(atOnce("private"))).toEqual(["well", "well"]);
    });

    test("finds it with its owner and mode, and filled from elsewhere", async () => {
      const lines = [
        "RUN --mount=type=cache,id=own,target=/c,uid=5,gid=6,mode=0750 stat -c '%u:%g %a' /c",
        "RUN --mount=type=cache,id=filled,target=/c,from=0,source=/s cat /c/seed; rm /c/seed",
        "RUN --mount=type=cache,id=filled,target=/c,from=0,source=/s ls /c | wc -l",
        "RUN --mount=type=cache,id=own,target=/c,ro touch /c/x 2>&1 | grep -o Read-only",
      ];
      const seed = ["RUN mkdir /s && echo seeded > /s/seed", `FROM ${busyboxImage}`];
      expect(await printed([...seed, ...lines])).toEqual(["5:6 750", "seeded", "0", "Read-only"]);
    });
  });

  test("sees a part of the context, which it cannot change unless it says so, and then only for itself", async () => {
    const lines = [
      "RUN --mount=type=bind,target=/m cat /m/file && touch /m/x 2>&1 | grep -o Read-only",
      "RUN --mount=type=bind,source=sub,target=/m,rw cat /m/inner && echo changed > /m/inner && cat /m/inner",
      "RUN --mount=type=bind,source=sub/inner,target=/one cat /one; ls -d /m /one 2>&1 | wc -l",
    ];
    expect(await printed(lines)).toEqual(["of the context", "Read-only", "inner", "changed", "inner", "2"]);
    const other = "RUN --mount=from=0,source=/bin,target=/b test -x /b/busybox && echo there";
    expect(await printed([`FROM ${busyboxImage}`, other])).toEqual(["there"]);
  });

  test("has memory for files, as much as it says", async () => {
    const line = "RUN --mount=type=tmpfs,target=/t,size=2m df -k /t | tail -1 | awk '{print $2}'; touch /t/x";
    expect(await printed([line, "RUN test -e /t || echo gone"])).toEqual(["2048", "gone"]);
  });

  test("has a secret as a file with its owner and mode, as a variable, or not at all", async () => {
    const flags = ["--secret", "id=s,env=S"];
    const lines = [
      "RUN --mount=type=secret,id=s cat /run/secrets/s; echo; stat -c '%u:%g %a' /run/secrets/s",
      "RUN --mount=type=secret,id=s,target=/x/y,uid=7,gid=8,mode=0440 cat /x/y; echo; stat -c '%u:%g %a' /x/y",
      "RUN --mount=type=secret,id=s,env=V echo $V; ls /run/secrets 2>&1 | wc -l",
      "RUN --mount=type=secret,id=absent,env=V echo [$V]",
    ];
    expect(await printed(lines, flags, { S: "hush" })).toEqual([
      "hush",
      "0:0 400",
      "hush",
      "7:8 440",
      "hush",
      "1",
      "[]",
    ]);
    expect(await refused(["RUN --mount=type=secret,id=absent,required true"])).toBe(
      "secret absent: not found",
    );
    expect(
      await refused(
        ["RUN --mount=type=secret,id=s,required true"],
        ["--secret", "id=s,env=NOT_SET_ANYWHERE"],
      ),
    ).toBe("secret s: not found");
  });

  test("is given the host's network and privileges only where --allow says so", async () => {
    const host = "RUN --network=host ls /sys/class/net | grep -c .";
    const insecure = "RUN --security=insecure grep CapBnd /proc/self/status | cut -f2";
    expect(await refused([host])).toBe("network.host is not allowed: build with --allow network.host");
    expect(await refused([insecure])).toBe(
      "security.insecure is not allowed: build with --allow security.insecure",
    );
    expect(await printed([host], ["--network", "host"])).toHaveLength(1);
    const allowed = ["--allow", "network.host", "--allow", "security.insecure"];
    const [interfaces, privileged] = await printed([host, insecure], allowed);
    expect(Number(interfaces)).toBeGreaterThan(0);
    const [plain] = await printed([insecure.replace("--security=insecure ", "")]);
    expect(BigInt(`0x${privileged}`)).toBeGreaterThan(BigInt(`0x${plain}`));
    expect((await build([], ["--allow", "what"])).stderr).toBe(
      "ERROR: failed to build: unknown entitlement what\n",
    );
    expect(await refused(["RUN --device=x true"])).toContain("RUN --device is not supported");
  });

  test("of what cannot be run tells why, once", async () => {
    const { stderr } = await build(['RUN ["nosuch", "x"]']);
    expect(stderr).toEndWith(
      'ERROR: failed to build: failed to solve: process "nosuch x" did not complete successfully: exec: "nosuch": executable file not found in $PATH\n',
    );
    expect(stderr).not.toContain("No such file or directory");
    expect(await refused(["USER nobody-here", "RUN true"])).toBe(
      'process "/bin/sh -c true" did not complete successfully: unable to find user nobody-here: no matching entries in passwd file',
    );
    expect(await refused(["RUN --mount=type=bind,source=nope,target=/x true"])).toBe('"/nope": not found');
  });
});

function counting(sharing: string): string {
  return `RUN --mount=type=cache,id=${sharing},target=/c,sharing=${sharing} echo x >> /c/log; wc -l < /c/log`;
}

/** Two steps that nothing but their cache can keep apart, each of which fails if it finds the other in it. */
function atOnce(sharing: string): string[] {
  const hold = "mkdir /c/held && sleep 0.3 && rmdir /c/held && echo well";
  const step = `RUN --mount=type=cache,id=both-${sharing},target=/c,sharing=${sharing} ${hold}`;
  const image = `FROM ${busyboxImage}`;
  return [
    step,
    `${image} AS other`,
    step,
    image,
    "COPY --from=0 /etc/passwd /a",
    "COPY --from=other /etc/passwd /b",
  ];
}
