import { afterAll, beforeAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must } from "../support/command.ts";
import { busyboxImage, scenarios } from "../support/drivers.ts";
import { runPrefix } from "../support/paths.ts";
import { noSkopeo } from "../support/registry.ts";

scenarios("images on their way, and side by side", ({ driver }) => {
  const first = driver.own("app:1");
  const second = driver.own("app:2");
  let directory: string;
  const at = (name: string) => join(directory, name);
  const id = (reference: string) => driver.ok("image", "inspect", "-f", "{{.Id}}", reference);

  async function commit(from: string, to: string, script: string): Promise<void> {
    const name = driver.own("change");
    await driver.ok("run", "--name", name, from, "sh", "-c", script);
    await driver.ok("commit", "-c", `LABEL part=${to}`, name, to);
    await driver.ok("rm", name);
  }

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), `${runPrefix}exchange-`));
    await commit(busyboxImage, first, "echo 1 >/version; echo old >/gone");
    await commit(first, second, "echo 22 >/version; rm /gone; echo new >/added");
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true, force: true });
    await driver.run(["rmi", "-f", first, second]);
  });

  test("several images in one archive, of the platform that is asked for", async () => {
    const ids = await Promise.all([first, second].map(id));
    await driver.ok("save", "--platform", "linux/amd64", "-o", at("both.tar"), first, second);
    const none = await driver.fails("save", "--platform", "linux/arm64", "-o", at("none.tar"), first);
    expect(none.text).toContain("no suitable export target found for platform linux/arm64");
    await driver.ok("rmi", first, second);
    const loaded = await driver.ok("load", "--platform", "linux/amd64", "-i", at("both.tar"));
    expect(loaded).toBe(`Loaded image: ${first}\nLoaded image: ${second}`);
    expect(await Promise.all([first, second].map(id))).toEqual(ids);
    expect(await driver.ok("run", "--rm", second, "cat", "/version")).toBe("22");
    // dockerd loads nothing of it, and says nothing.
    if (driver.engine === "dockerd") return;
    const other = await driver.fails("load", "--platform", "linux/arm64", "-i", at("both.tar"));
    expect(other.text).toContain("the archive has no image for platform linux/arm64");
  });

  test.skipIf(noSkopeo !== undefined)("skopeo reads what is saved, in both forms that it has", async () => {
    await driver.ok("save", "-o", at("saved.tar"), second);
    const tag = second.split(":")[1] ?? "";
    for (const source of [
      `docker-archive:${at("saved.tar")}:${second}`,
      `oci-archive:${at("saved.tar")}:${tag}`,
    ]) {
      const config = await must(["skopeo", "inspect", "--config", "--raw", source]);
      expect(`sha256:${createHash("sha256").update(config).digest("hex")}`).toBe(await id(second));
    }
  });

  test.skipIf(noSkopeo !== undefined)("what skopeo writes is loaded, in both forms", async () => {
    await driver.ok("save", "-o", at("source.tar"), second);
    const source = `docker-archive:${at("source.tar")}:${second}`;
    const name = `docker.io/library/${driver.own("skopeo:1")}`;
    // dockerd's own storage reads no OCI layouts.
    const forms = driver.engine === "dockerd" ? ["docker-archive"] : ["docker-archive", "oci-archive"];
    for (const form of forms) {
      await must(["skopeo", "copy", "-q", source, `${form}:${at(`${form}.tar`)}:${name}`]);
      expect(await driver.ok("load", "-i", at(`${form}.tar`))).toContain(driver.own("skopeo:1"));
      expect(await driver.ok("run", "--rm", driver.own("skopeo:1"), "cat", "/version")).toBe("22");
      await driver.ok("rmi", driver.own("skopeo:1"));
    }
  });

  test("images by name, label, age and the lack of a name", async () => {
    const listed = async (...filters: string[]) => {
      const flags = filters.flatMap((each) => ["--filter", each]);
      const names = await driver.ok("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", ...flags);
      return names.split("\n").filter((name) => name.startsWith(driver.prefix));
    };
    expect(await listed(`reference=${driver.own("*")}`)).toEqual([second, first]);
    expect(await listed(`reference=${driver.own("a*:1")}`)).toEqual([first]);
    expect(await listed(`label=part=${first}`)).toEqual([first]);
    expect(await listed("label=part")).toEqual([second, first]);
    expect(await listed(`before=${second}`)).toEqual([first]);
    expect(await listed(`since=${first}`)).toEqual([second]);
    expect(await listed("dangling=true")).toEqual([]);
    const lost = driver.own("lost");
    await commit(first, lost, "echo a >/a");
    const before = await id(lost);
    await commit(first, lost, "echo b >/b");
    expect(await driver.ok("image", "ls", "-q", "--no-trunc", "--filter", "dangling=true")).toContain(before);
    await driver.ok("rmi", lost, before);
    expect((await driver.fails("image", "ls", "--filter", "nosuch=1")).text).toContain(
      "invalid filter 'nosuch",
    );
  });

  test("image ls --tree", async () => {
    const tree = Bun.stripANSI(await driver.ok("image", "ls", "--tree"));
    expect(tree).toMatch(/^IMAGE +ID +DISK USAGE +CONTENT SIZE +EXTRA$/m);
    const short = (await id(first)).slice(7, 19);
    expect(tree.split("\n").find((line) => line.startsWith(first))).toMatch(
      new RegExp(`^${first} +${short} +[\\d.]+MB`),
    );
  });

  test("image diff: what a version brings, takes and wastes", async () => {
    if (!driver.isGantryCommand) return;
    const lines = (await driver.ok("image", "diff", first, second)).split("\n");
    const changes = lines.map((line) => /^([ACD]) +(\S+) +\S+ +(\S+)$/.exec(line)?.slice(1)).filter(Boolean);
    expect(changes).toEqual([
      ["A", "+4B", "/added"],
      ["D", "-4B", "/gone"],
      ["C", "+1B", "/version"],
    ]);
    expect(lines.join("\n")).toMatch(/^\S+app:2 +[0-9a-f]{12} +[\d.]+MB, 6B of it wasted$/m);
    expect((await driver.fails("image", "diff", first, driver.own("none"))).text).toContain("No such image");
  });
});
