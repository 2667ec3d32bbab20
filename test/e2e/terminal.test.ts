import { expect, test } from "bun:test";
import { eventually } from "../support/command.ts";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";

scenarios("terminal", ({ driver }) => {
  const state = (name: string) => driver.ok("inspect", "-f", "{{.State.Status}}", name);

  test("run -it is a real terminal: prompt, echo, colours of its own, exit code", async () => {
    using screen = driver.terminal(["run", "--rm", "-it", image, "sh"]);
    await screen.waitFor("/ # ");
    screen.type("tty; echo $TERM\r");
    await screen.waitFor(/\/dev\/pts\/0\r\nxterm\r\n/);
    screen.type("exit 12\r");
    expect(await screen.exited()).toBe(12);
  });

  test("-t without a terminal on stdin is refused, with one output stream otherwise", async () => {
    const refused = await driver.run(["run", "--rm", "-it", image, "true"], { input: "" });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /the input device is not a TTY|cannot attach stdin to a TTY-enabled container because stdin is not a terminal/,
    );
    const merged = await driver.run(["run", "--rm", "-t", image, "sh", "-c", "echo out; echo err >&2"]);
    expect(merged.stdout).toBe("out\r\nerr\r\n");
    expect(merged.stderr).toBe("");
  });

  test("the size is the terminal's, also after a resize", async () => {
    using screen = driver.terminal(["run", "--rm", "-it", image, "sh"], { columns: 91, rows: 31 });
    await screen.waitFor("/ # ");
    const sized = async (wanted: string) =>
      eventually(`the size is ${wanted}`, async () => {
        screen.type("stty size\r");
        const [, rows, columns] = await screen.waitFor(/(\d+) (\d+)\r\n/);
        return `${rows} ${columns}` === wanted;
      });
    await sized("31 91");
    screen.resize(100, 40);
    await sized("40 100");
    screen.type("exit\r");
    expect(await screen.exited()).toBe(0);
  });

  test("Ctrl-C goes to the foreground process, not to the client", async () => {
    using screen = driver.terminal(["run", "--rm", "-it", image, "sh"]);
    await screen.waitFor("/ # ");
    screen.type("sh -c 'echo started; exec sleep 1000'\r");
    await screen.waitFor("\nstarted\r\n");
    screen.type("\x03");
    await screen.waitFor("/ # ");
    screen.type("echo alive $?\r");
    await screen.waitFor("alive 130");
    // Before the prompt an end of input is the terminal's own, and lost when the shell takes it over.
    await screen.waitFor("/ # ");
    screen.type("\x04");
    await screen.exited();
  });

  test("Ctrl-P Ctrl-Q detaches; attach comes back to the same shell", async () => {
    const name = driver.own("detach");
    using screen = driver.terminal(["run", "-it", "--name", name, image, "sh"]);
    await screen.waitFor("/ # ");
    screen.type("mark=here\r");
    await screen.waitFor("/ # ");
    screen.type("\x10\x11");
    expect(await screen.exited()).toBe(0);
    expect(await state(name)).toBe("running");
    using again = driver.terminal(["attach", name]);
    again.type("echo still $mark\r");
    await again.waitFor("still here");
    again.type("exit 3\r");
    expect(await again.exited()).toBe(3);
    await driver.ok("rm", name);
  });

  test("--detach-keys names other keys", async () => {
    const name = driver.own("keys");
    using screen = driver.terminal(["run", "-it", "--detach-keys", "ctrl-x,y", "--name", name, image, "sh"]);
    await screen.waitFor("/ # ");
    screen.type("\x10\x11echo not detached\r");
    await screen.waitFor("not detached\r\n");
    screen.type("\x18y");
    expect(await screen.exited()).toBe(0);
    expect(await state(name)).toBe("running");
    using wrong = driver.terminal(["attach", "--detach-keys", "ctrl-?", name]);
    expect(await wrong.exited()).toBe(1);
    await driver.ok("rm", "-f", name);
  });

  test("exec -it opens a second terminal, with its own size and exit code", async () => {
    const name = driver.own("exec");
    await driver.ok("run", "-d", "--name", name, image, "sleep", "1000");
    using screen = driver.terminal(["exec", "-it", name, "sh"], { columns: 77, rows: 22 });
    await screen.waitFor("/ # ");
    await eventually("the size is there", async () => {
      screen.type("stty size\r");
      const [, rows, columns] = await screen.waitFor(/(\d+) (\d+)\r\n/);
      return `${rows} ${columns}` === "22 77";
    });
    screen.type("exit 5\r");
    expect(await screen.exited()).toBe(5);
    expect(await state(name)).toBe("running");
    await driver.ok("rm", "-f", name);
  });

  test("Ctrl-C on a run without -t ends container and command by the signal", async () => {
    using screen = driver.terminal([
      "run",
      "--rm",
      image,
      "sh",
      "-c",
      "trap 'exit 9' INT; echo ready; while :; do sleep 0.05; done",
    ]);
    await screen.waitFor("ready");
    screen.type("\x03");
    expect(await screen.exited()).toBe(9);
  });

  test("start -ai and run -dit: a terminal that waits", async () => {
    const name = driver.own("waits");
    await driver.ok("run", "-dit", "--name", name, image, "sh");
    using screen = driver.terminal(["attach", name]);
    screen.type("\recho hello\r");
    await screen.waitFor("hello\r\n");
    screen.type("exit\r");
    await screen.exited();
    using started = driver.terminal(["start", "-ai", name]);
    await started.waitFor("/ # ");
    started.type("exit 4\r");
    expect(await started.exited()).toBe(4);
    await driver.ok("rm", name);
  });
});
