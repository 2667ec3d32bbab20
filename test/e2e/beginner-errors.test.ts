import { expect, test } from "bun:test";
import { run } from "../support/command.ts";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";

/** Wrong lines as beginners type them: a clear error, never a container. Ours names the likely fix too. */
scenarios("beginners' errors", ({ driver }) => {
  const ours = driver.isGantryCommand;

  test("--it for -it", async () => {
    const { code, text } = await driver.fails("run", "--it", image, "sh");
    expect(code).toBe(125);
    expect(text).toContain("unknown flag: --it");
    if (ours) expect(text).toMatch(/did you mean.*-it/i);
  });

  test("-rm for --rm", async () => {
    const { code, text } = await driver.fails("run", "-rm", image, "true");
    expect(code).toBe(125);
    expect(text).toContain("unknown shorthand flag: 'r' in -rm");
    if (ours) expect(text).toMatch(/did you mean.*--rm/i);
  });

  test("a misspelt image", async () => {
    const wrong = "gt-busibox";
    const { code, text } = await driver.fails("run", wrong, "true");
    expect(code).toBe(125);
    expect(text).toContain(`Unable to find image '${wrong}:latest' locally`);
    if (ours) expect(text).toMatch(/gt-busybox/);
  });

  test("flags after the image belong to the command", async () => {
    const result = await driver.run(["run", "--rm", image, "--rm"]);
    expect(result.code).toBe(127);
    expect(result.stderr).toContain('exec: "--rm"');
  });

  test("no image at all, no container at all", async () => {
    const noImage = await driver.fails("run");
    expect(noImage.code).toBe(1);
    expect(noImage.text).toMatch(/'(docker|gantry) run' requires at least 1 argument/);
    for (const verb of ["start", "stop", "rm", "logs", "exec", "inspect", "kill"]) {
      const { code, text } = await driver.fails(verb);
      expect(code).toBe(1);
      expect(text).toMatch(/requires (at least )?\d+ argument/);
    }
  });

  test("a command that does not exist", async () => {
    const { code, text } = await driver.fails("rnu", image);
    expect(code).toBe(1);
    expect(text).toMatch(/unknown command: (docker|gantry) rnu/);
    if (ours) expect(text).toContain("run");
  });

  test("an image name in capitals", async () => {
    const { code, text } = await driver.fails("run", "Ubuntu", "true");
    expect(code).toBe(125);
    expect(text).toContain("repository name (library/Ubuntu) must be lowercase");
  });

  test("a container that does not exist, in every verb", async () => {
    for (const verb of [
      ["start"],
      ["stop"],
      ["kill"],
      ["rm"],
      ["logs"],
      ["pause"],
      ["restart"],
      ["wait"],
      ["top"],
      ["port"],
      ["attach"],
    ]) {
      const { code, text } = await driver.fails(...verb, "no-such-one");
      expect(code).toBe(1);
      expect(text).toContain("No such container: no-such-one");
    }
  });

  test("values that make no sense", async () => {
    const wrong: [string[], RegExp][] = [
      [["--memory", "lots"], /invalid.*lots|invalid size/i],
      [["--cpus", "many"], /many/],
      [["--restart", "sometimes"], /sometimes/],
      [["-e", ""], /invalid environment variable/i],
      [["--ulimit", "nofile"], /invalid ulimit argument/],
      [["--pid", "nosuch"], /invalid PID mode|--pid/i],
      [["--ipc", "nosuch:x"], /invalid IPC mode|--ipc/i],
      [["--stop-signal", "NOSUCH"], /invalid signal: NOSUCH/i],
      [["--platform", "windows/amd64/x/y"], /platform|windows/],
      [["--runtime", "nosuch"], /nosuch/],
      [["--log-driver", "nosuch"], /nosuch/],
    ];
    for (const [flags, message] of wrong) {
      const { code, text } = await driver.fails(
        "run",
        "--name",
        driver.own("wrong"),
        ...flags,
        image,
        "true",
      );
      expect([flags, code]).toEqual([flags, 125]);
      expect(text).toMatch(message);
    }
  });

  test("no engine behind the address", async () => {
    const result = await driver.run(["ps"], { env: { DOCKER_HOST: "unix:///nowhere/engine.sock" } });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(
      /(Cannot connect to the .* (?:daemon|engine) at|failed to connect to the .* API at) unix:\/\/\/nowhere\/engine.sock/,
    );
  });

  test("--help for everything, without an engine", async () => {
    const env = { DOCKER_HOST: "unix:///nowhere/engine.sock" };
    for (const words of [
      [],
      ["run"],
      ["container"],
      ["container", "ls"],
      ["image", "rm"],
      ["volume"],
      ["network"],
      ["system", "df"],
      ["context"],
    ]) {
      const result = await driver.run([...words, "--help"], { env });
      expect(result.code).toBe(0);
      expect(result.stdout).toMatch(/Usage: +(docker|gantry)/);
    }
  });

  test("a folder's .env and bunfig.toml change nothing", async () => {
    const folder = (await run(["mktemp", "-d"])).stdout.trim();
    await run([
      "sh",
      "-c",
      'cd "$0"; echo DOCKER_HOST=unix:///nowhere > .env; echo "console.log(\'preloaded\')" > p.ts; echo \'preload = ["./p.ts"]\' > bunfig.toml',
      folder,
    ]);
    const result = await driver.run(["run", "--rm", image, "echo", "fine"], { cwd: folder });
    await run(["rm", "-r", folder]);
    expect(result).toEqual({ code: 0, stdout: "fine\n", stderr: "" });
  });
});
