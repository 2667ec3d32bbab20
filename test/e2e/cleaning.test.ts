import { beforeAll, expect, test } from "bun:test";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";

scenarios("cleaning", ({ driver }) => {
  // The peer is shared: nothing of others may go.
  const label = `gt-clean=${driver.prefix}`;
  const other = `gt-other=${driver.prefix}`;

  async function stopped(name: string, ...options: string[]): Promise<string> {
    await driver.ok(
      "run",
      "--name",
      driver.own(name),
      ...options,
      image,
      "sh",
      "-c",
      "head -c 300000 /dev/zero >/big",
    );
    return driver.own(name);
  }

  async function names(): Promise<string[]> {
    return (await driver.containers()).map((name) => name.slice(driver.prefix.length)).toSorted();
  }

  beforeAll(() => driver.clean());

  test("container prune takes stopped ones only, by label and by age, and tells the space", async () => {
    await driver.ok("run", "-d", "--name", driver.own("running"), "--label", label, image, "sleep", "1000");
    await stopped("mine", "--label", label);
    await stopped("others", "--label", other);
    const young = await driver.ok(
      "container",
      "prune",
      "-f",
      "--filter",
      `label=${label}`,
      "--filter",
      "until=1h",
    );
    expect(young).toBe("Total reclaimed space: 0B");
    const pruned = await driver.ok("container", "prune", "-f", "--filter", `label=${label}`);
    expect(pruned).toMatch(/^Deleted Containers:\n[0-9a-f]{64}\n\nTotal reclaimed space: 300kB$/);
    expect(await names()).toEqual(["others", "running"]);
    const rest = ["--filter", `label=${other}`, "--filter", `label!=${label}`];
    expect(await driver.ok("container", "prune", "-f", ...rest)).toContain("300kB");
    await driver.ok("rm", "-f", driver.own("running"));
  });

  test("image prune -a, volume prune -a, by label", async () => {
    const tag = driver.own("image").replaceAll("-", "");
    const from = await stopped("from");
    await driver.ok("commit", "-c", `LABEL ${label}`, from, tag);
    const keep = ["--filter", `label=${label}`];
    expect(await driver.ok("image", "prune", "-f", ...keep)).toBe("Total reclaimed space: 0B");
    await driver.ok("create", "--name", driver.own("user"), tag, "true");
    expect(await driver.ok("image", "prune", "-af", ...keep)).toBe("Total reclaimed space: 0B");
    await driver.ok("rm", driver.own("user"), from);
    const images = await driver.ok("image", "prune", "-af", ...keep);
    expect(images).toMatch(/^Deleted Images:\nuntagged: \w+:latest\ndeleted: sha256:/);
    await driver.ok("volume", "create", "--label", label, driver.own("v"));
    expect(await driver.ok("volume", "prune", "-f", ...keep)).toBe("Total reclaimed space: 0B");
    expect(await driver.ok("volume", "prune", "-af", ...keep)).toContain(
      `Deleted Volumes:\n${driver.own("v")}`,
    );
  });

  test("system prune by label, and refused with a filter that volumes do not have", async () => {
    await stopped("old", "--label", label);
    const pruned = await driver.ok("system", "prune", "-f", "--filter", `label=${label}`);
    expect(pruned).toContain("Deleted Containers:");
    expect(await names()).toEqual([]);
    const refused = await driver.fails("system", "prune", "-f", "--volumes", "--filter", "until=1h");
    expect(refused.text).toContain('The "until" filter is not supported with "--volumes"');
  });

  test("without -f it asks; only y is yes", async () => {
    await stopped("asked", "--label", label);
    const question = await driver.run(["container", "prune", "--filter", `label=${label}`], { input: "n\n" });
    expect(question.stdout).toContain("WARNING! This will remove all stopped containers.");
    expect(await names()).toEqual(["asked"]);
    await driver.run(["container", "prune", "--filter", `label=${label}`], { input: "y\n" });
    expect(await names()).toEqual([]);
  });

  test("--dry-run tells what would go and how much that frees, and removes nothing", async () => {
    if (!driver.isGantryCommand) return;
    const tag = driver.own("dry").replaceAll("-", "");
    const from = await stopped("dry", "--label", label);
    await driver.ok("commit", "-c", `LABEL ${label}`, from, tag);
    await driver.ok("run", "--name", driver.own("user"), "--label", label, "-v", "/anonymous", tag, "true");
    const filter = ["--filter", `label=${label}`];
    const plan = await driver.ok("system", "prune", "-a", "--dry-run", ...filter);
    expect(plan).toContain("2 containers, 300kB");
    expect(plan).toContain(`    ${driver.own("dry")}  300kB\n`);
    // Only a container that goes, too, uses it.
    expect(plan).toContain(`1 images, 300kB\n    ${tag}:latest  300kB`);
    expect(plan).toContain("Would be freed: 600kB");
    expect(await names()).toEqual(["dry", "user"]);
    const done = await driver.ok("system", "prune", "-af", ...filter);
    expect(done).toContain("Total reclaimed space: 600kB");
    expect(await driver.ok("system", "prune", "-a", "--dry-run", ...filter)).toBe(
      "Nothing would be removed.",
    );
  });

  test("on a terminal the preview stands before the question", async () => {
    if (!driver.isGantryCommand) return;
    await stopped("shown", "--label", label);
    const terminal = driver.terminal(["container", "prune", "--filter", `label=${label}`]);
    await terminal.waitFor(/1 containers, 300kB[^]*Would be freed: 300kB[^]*WARNING![^]*\[y\/N\]/);
    terminal.type("y\r");
    await terminal.exited();
    terminal.close();
    expect(await names()).toEqual([]);
  });
});
