import { afterAll, expect, test } from "bun:test";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";

scenarios("files of containers", ({ driver }) => {
  const images: string[] = [];
  const ownImage = (tag: string) => {
    images.push(driver.own(tag));
    return driver.own(tag);
  };
  afterAll(async () => {
    await driver.clean();
    if (images.length > 0) await driver.run(["rmi", "-f", ...images]);
  });

  /** A container that has run `script` and waits. */
  async function container(name: string, script: string, ...flags: string[]): Promise<string> {
    const own = driver.own(name);
    const command = ["sh", "-c", `${script}; echo done; exec sleep 1000`];
    const running = driver.spawn(["run", "--name", own, ...flags, image, ...command]);
    for await (const chunk of running.stdout) if (Buffer.from(chunk).includes("done")) break;
    running.kill("SIGKILL");
    await running.exited;
    return own;
  }

  test("commit: a running container's changes, its configuration and what --change says", async () => {
    const own = await container(
      "commit",
      "echo new > /new; rm /etc/group; chown 65534 /home",
      "--env=A=1",
      "--label=l=1",
    );
    const name = ownImage("committed:1");
    const changes = ["-c", "ENV B=2", "-c", 'CMD ["sh","-c","echo $A $B"]', "-a", "me", "-m", "why"];
    const id = await driver.ok("commit", ...changes, own, name);
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await driver.ok("image", "inspect", "-f", "{{.Id}} {{.Author}} {{.Comment}}", name)).toBe(
      `${id} me why`,
    );
    expect(await driver.ok("run", "--rm", name)).toBe("1 2");
    const look = "cat /new; ls /etc/group; stat -c %u /home";
    const seen = await driver.run(["run", "--rm", name, "sh", "-c", look]);
    expect(seen.stdout).toBe("new\n65534\n");
    expect(await driver.ok("inspect", "-f", "{{.State.Status}}", own)).toBe("running");
    const history = await driver.ok("history", "--format", "{{.Comment}}", name);
    expect(history.split("\n")[0]).toBe("why");
    await driver.ok("kill", own);
    const stopped = ownImage("committed:2");
    await driver.ok("commit", "--pause=false", own, stopped);
    expect(await driver.ok("run", "--rm", stopped, "cat", "/new")).toBe("new");
  });

  test("commit: what it refuses, it leaves without a trace", async () => {
    const own = await container("refused", "true");
    expect((await driver.fails("commit", driver.own("nobody"))).text).toContain("No such container");
    const bad = await driver.fails("commit", "-c", "FROM x", own);
    expect(bad.text).toContain("FROM is not a valid change command");
    expect(await driver.ok("inspect", "-f", "{{.State.Status}}", own)).toBe("running");
  });

  test("diff: what was added, modified and deleted, and nothing that the engine did", async () => {
    const untouched = await container("untouched", "true");
    expect(await driver.ok("diff", untouched)).toBe("");
    const script = [
      "echo x > /new; mkdir -p /d/e; touch /d/e/f; ln -s nowhere /link",
      "rm /etc/group; echo more >> /etc/passwd",
      "chmod 755 /bin/sh; chmod 700 /root",
      "rm -r /var; mkdir /var; touch /var/own",
      "rm -r /home; echo file > /home",
    ].join("; ");
    const own = await container("diff", script);
    const lines = (await driver.ok("diff", own)).split("\n").sort();
    const expected = `A /d
A /d/e
A /d/e/f
A /link
A /new
A /var/own
C /etc
C /etc/passwd
C /home
C /root
C /var
D /etc/group
D /var/log`;
    expect(lines).toEqual(expected.split("\n"));
    await driver.ok("kill", own);
    expect((await driver.ok("diff", own)).split("\n").sort()).toEqual(expected.split("\n"));
    const name = ownImage("diff:1");
    await driver.ok("commit", own, name);
    const look = "ls /var; cat /home; ls -A /etc; stat -c %a /root";
    expect((await driver.run(["run", "--rm", name, "sh", "-c", look])).stdout).toContain("own\nfile\n");
  });

  test("commit: a container that changed nothing adds no layer", async () => {
    const own = await container("same", "true");
    const name = ownImage("same:1");
    await driver.ok("commit", own, name);
    const layers = (reference: string) => driver.ok("image", "inspect", "-f", "{{json .RootFS}}", reference);
    expect(await layers(name)).toBe(await layers(image));
  });
});
