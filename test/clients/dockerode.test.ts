import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { run } from "../support/command.ts";
import { busyboxImage, scenarios } from "../support/drivers.ts";

const script = join(import.meta.dirname, "dockerode-scenario.mjs");
const listing = spawnSync("node", [script, "", "", "", "--list"], { encoding: "utf8" });
const titles = listing.stdout.trim().split("\n");

/** dockerode speaks to the API by itself: one driver of each engine is enough to give it an engine. */
scenarios("dockerode", ({ driver }) => {
  if (driver.name === "docker") return;
  test.each(titles)("%s", async (title) => {
    const name = driver.own(title.replaceAll(" ", "-"));
    const socket = driver.host.replace("unix://", "");
    const result = await run(["node", script, socket, busyboxImage, name, title], { timeoutMs: 30_000 });
    expect(result.stderr).toBe("");
    expect(result.code).toBe(0);
  });
});
