import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { eventually, must } from "../support/command.ts";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { ask, CrashRig, greeting, script } from "../support/crash-rig.ts";
import { busyboxImage as image, busyboxTar } from "../support/images.ts";

// A bound for what hangs.
setDefaultTimeout(60_000);

/** The steps of a start before it is recorded: the container is then as if it had never been started. */
const stepsBeforeStart = [
  "networks.connect.recorded",
  "networks.connect.namespace",
  "networks.connect.links",
  "networks.connect.configured",
  "networks.connect.published",
  "start:network",
  "volume-mount",
  "volume-fill",
  "volume-filled",
  "start:mounted",
  "runtime-registered",
  "runtime-monitor-started",
  "runtime-created",
  "start:created",
];
const stepsAfterStart = ["start:recorded", "start:started"];
const stepsOfRelease = ["networks.release.unpublished", "networks.release.destroyed"];
const stepsOfExit = ["exit:seen", ...stepsOfRelease, "exit:recorded", "exit:given-back"];
const stepsOfRemoval = [
  "remove:marked",
  "volume-remove-anonymous",
  "volume-remove",
  "volume-removed",
  "remove:given-back",
  "remove:layer",
];

const port = 24760;

describe("the engine is killed at", () => {
  let rig: CrashRig;
  let name: string;
  beforeAll(async () => {
    rig = await CrashRig.start();
    name = rig.driver.own("c");
  });
  afterEach(() => rig.expectClean());
  afterAll(async () => {
    expect(await rig.engine.dispose()).toEqual([]);
  });

  const status = async (args: string[]) => (await rig.driver.run(args)).code;
  const exists = async () => (await rig.driver.containers()).includes(name);

  /** A tar of a layer that the engine does not have yet. */
  async function newTar(): Promise<string> {
    const tar = join(rig.engine.directory, "new.tar");
    copyFileSync(await busyboxTar(), tar);
    await must(["tar", "-rf", tar, "-C", rig.engine.directory, "engine.log"]);
    return tar;
  }

  /** It runs, answers at its port, and its end is seen with its code. */
  async function expectWhole(): Promise<void> {
    expect(await rig.state(name)).toBe("running 0");
    expect(await eventually("the port answers", () => ask(port))).toBe(greeting);
    await rig.letEnd(name);
    expect(await rig.driver.ok("wait", name)).toBe("7");
    expect(await rig.state(name)).toBe("exited 7");
  }

  describe("create:", () => {
    const stepsOfCreate = ["create:directory", "create:layer", "create:mounted", "create:volumes"];
    test.each(["volume-create", "volume-recorded", ...stepsOfCreate])(
      "%s: there is no such container, nor a volume without a name",
      async (step) => {
        const command = ["create", "-w", "/made/here", ...rig.things(name, port), image, ...script(7)];
        expect((await rig.dieAt(step, command)).code).not.toBe(0);
        expect(await exists()).toBe(false);
        expect(
          await rig.driver.ok(
            "volume",
            "ls",
            "-q",
            "-f",
            "dangling=true",
            "-f",
            "label=com.docker.volume.anonymous",
          ),
        ).toBe("");
        await rig.driver.ok(...command);
        await rig.driver.ok("start", name);
        await expectWhole();
      },
    );

    test("create:done: the container is there", async () => {
      await rig.dieAt("create:done", ["create", ...rig.things(name, port), image, ...script(7)]);
      expect(await rig.state(name)).toBe("created 0");
      await rig.driver.ok("start", name);
      await expectWhole();
    });
  });

  describe("start:", () => {
    test.each(stepsBeforeStart)("%s: it has not run, and can be started", async (step) => {
      await rig.create(name, port);
      expect((await rig.dieAt(step, ["start", name])).code).not.toBe(0);
      expect(await rig.state(name)).toBe("created 0");
      await rig.driver.ok("start", name);
      await expectWhole();
    });

    test.each(stepsAfterStart)("%s: it runs", async (step) => {
      await rig.create(name, port);
      await rig.dieAt(step, ["start", name]);
      await expectWhole();
    });

    test.each(["start:network", "runtime-created", "start:created"])(
      "%s of a second start: it is as its first run left it",
      async (step) => {
        await rig.driver.run(["run", "--name", name, image, "sh", "-c", "exit 9"]);
        await rig.dieAt(step, ["start", name]);
        expect(await rig.state(name)).toBe("exited 9");
        expect(await status(["start", "-a", name])).toBe(9);
      },
    );

    test.each(["runtime-monitor-started", "start:recorded"])(
      "%s of run --rm: it can be removed, or ends and is gone",
      async (step) => {
        await rig.dieAt(step, ["run", "-d", "--rm", ...rig.things(name, port), image, ...script(7)]);
        if (step === "start:recorded") {
          await rig.letEnd(name);
          await eventually("it is gone", async () => !(await exists()));
        } else await rig.driver.ok("rm", "-v", name);
      },
    );
  });

  describe("exit:", () => {
    test.each(stepsOfExit)("%s: it has exited, with its code", async (step) => {
      const command = ["run", ...rig.things(name, port), image, "sh", "-c", "echo last words; exit 7"];
      await rig.dieAt(step, command);
      await eventually("the exit is known", async () => (await rig.state(name)) === "exited 7");
      expect(await rig.driver.ok("logs", name)).toBe("last words");
      expect(await status(["start", "-a", name])).toBe(7);
    });

    test.each([...stepsOfExit.slice(0, 4), ...stepsOfRemoval])(
      "%s of --rm: it is gone with its volumes",
      async (step) => {
        await rig.dieAt(step, ["run", "--rm", ...rig.things(name, port), image, "sh", "-c", "exit 7"]);
        await eventually("it is gone", async () => !(await exists()));
        expect(await rig.driver.ok("volume", "ls", "-q")).toBe(rig.driver.own("etc"));
      },
    );

    test.each(["exit:seen", "exit:recorded", "exit:given-back"])(
      "%s of a restart policy: it runs again",
      async (step) => {
        const once = "if [ -e /tmp/again ]; then exec sleep 1000; fi; touch /tmp/again; exit 3";
        await rig.dieAt(step, [
          "run",
          "-d",
          "--restart",
          "on-failure:3",
          "--name",
          name,
          image,
          "sh",
          "-c",
          once,
        ]);
        await eventually("it runs again", async () => (await rig.state(name)) === "running 0");
        expect(await rig.inspect(name, "{{.RestartCount}}")).toBe("1");
      },
    );

    test.each(stepsOfExit)("%s of stop: it has exited, killed", async (step) => {
      await rig.driver.ok(
        "run",
        "-d",
        "--restart",
        "unless-stopped",
        "--name",
        name,
        "-p",
        `${port}:80`,
        image,
        "sleep",
        "1000",
      );
      await rig.dieAt(step, ["stop", "-t", "0", name]);
      await eventually("the exit is known", async () => (await rig.state(name)) === "exited 137");
      await rig.driver.ok("start", name);
    });
  });

  describe("rm:", () => {
    test.each(stepsOfRemoval)("%s of rm -v: it is gone with its volumes, its name is free", async (step) => {
      await rig.create(name, port);
      await rig.dieAt(step, ["rm", "-v", name]);
      expect(await exists()).toBe(false);
      expect(await rig.driver.ok("volume", "ls", "-q")).toBe(rig.driver.own("etc"));
      await rig.create(name, port);
    });

    test("remove:marked of rm: the volume without a name stays", async () => {
      await rig.create(name, port);
      await rig.dieAt("remove:marked", ["rm", name]);
      expect(await exists()).toBe(false);
      const volumes = (await rig.driver.ok("volume", "ls", "-q")).split("\n");
      expect(volumes).toHaveLength(2);
      await rig.driver.ok("volume", "rm", ...volumes);
    });

    test.each([...stepsOfExit, ...stepsOfRemoval])(
      "%s of rm -f: it is gone, or stopped and can be removed",
      async (step) => {
        await rig.create(name, port);
        await rig.driver.ok("start", name);
        await rig.dieAt(step, ["rm", "-f", "-v", name]);
        if (await exists()) expect(await rig.state(name)).toBe("exited 137");
        else expect(await rig.driver.ok("volume", "ls", "-q")).toBe(rig.driver.own("etc"));
      },
    );
  });

  describe("volume:", () => {
    test("volume-create: there is none, and it can be made", async () => {
      const volume = rig.driver.own("v");
      await rig.dieAt("volume-create", ["volume", "create", volume]);
      expect(await rig.driver.ok("volume", "ls", "-q")).toBe("");
      await rig.driver.ok("volume", "create", volume);
    });

    test.each(["volume-remove", "volume-removed"])("%s: it is gone, and can be made again", async (step) => {
      const volume = rig.driver.own("v");
      await rig.driver.ok("run", "--rm", "-v", `${volume}:/v`, image, "touch", "/v/file");
      await rig.dieAt(step, ["volume", "rm", volume]);
      expect(await rig.driver.ok("volume", "ls", "-q")).toBe("");
      expect(await rig.driver.ok("run", "--rm", "-v", `${volume}:/v`, image, "ls", "/v")).toBe("");
    });
  });

  describe("exec:", () => {
    test.each(["exec:monitor-started", "exec:attached", "exec:started"])(
      "%s: the container runs on, and takes the next",
      async (step) => {
        await rig.driver.ok("run", "-d", "--name", name, image, ...script(7));
        const pid = await rig.pid(name);
        expect((await rig.dieAt(step, ["exec", name, "sleep", "0.1"])).code).not.toBe(0);
        expect(await rig.pid(name)).toBe(pid);
        expect(await rig.driver.ok("exec", name, "echo", "again")).toBe("again");
        await eventually(
          "nothing of the first is left",
          async () => !(await rig.driver.ok("top", name)).includes("sleep 0.1"),
        );
        await rig.letEnd(name);
        expect(await rig.driver.ok("wait", name)).toBe("7");
      },
    );
  });

  describe("import:", () => {
    test.each(["layer.unpacked", "layer.renamed", "import:layer", "import:image"])(
      "%s: there is no such image, and it can be imported",
      async (step) => {
        const tag = rig.driver.own("image");
        const tar = await newTar();
        expect((await rig.dieAt(step, ["import", "-c", "ENV changed=1", tar, tag])).code).not.toBe(0);
        expect((await rig.driver.ok("images", "-aq")).split("\n")).toHaveLength(1);
        await rig.driver.ok("import", tar, tag);
        expect(await rig.driver.ok("run", "--rm", tag, "echo", "imported")).toBe("imported");
        await rig.driver.ok("rmi", tag);
      },
    );
  });

  describe("its own start, after containers have ended:", () => {
    test.each([...stepsOfExit, ...stepsOfRemoval])("%s: the next start finishes it", async (step) => {
      const removed = rig.driver.own("removed");
      await rig.create(name, port);
      await rig.driver.ok("start", name);
      await rig.driver.ok("run", "-d", "--rm", "-v", "/anonymous", "--name", removed, image, ...script(0));
      await rig.endUnseen([name, removed]);
      await rig.dieStartingAt(step);
      expect(await rig.state(name)).toBe("exited 7");
      await eventually("--rm is caught up", async () => !(await rig.driver.containers()).includes(removed));
    });
  });
});
