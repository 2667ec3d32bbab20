import { afterAll, beforeAll, expect, test } from "bun:test";
import { setTimeout as delay } from "node:timers/promises";
import { CrashRig } from "../support/crash-rig.ts";
import { busyboxImage as image } from "../support/images.ts";

/** CRASH_SECONDS for a longer search. */
const durationMs = Number(process.env.CRASH_SECONDS ?? 8) * 1000;
const clientTimeoutMs = 3000;

let rig: CrashRig;
beforeAll(async () => {
  rig = await CrashRig.start();
}, 60_000);
afterAll(async () => {
  expect(await rig.engine.dispose()).toEqual([]);
}, 60_000);

const pick = <T>(choices: readonly T[]) => choices[Math.floor(Math.random() * choices.length)] as T;
const someName = () => rig.driver.own(`c${pick([0, 1, 2, 3, 4, 5])}`);

/** Any command on any of a few containers: most are refused, as the container is not there, runs, or does not. */
function anyCommand(): string[] {
  const name = someName();
  const run = ["run", "-d", "--name", name];
  const volumes = ["-v", "/anonymous", "-v", `${rig.driver.own("etc")}:/etc`];
  return pick([
    [...run, ...volumes, "-p", "80", image, "sleep", "1000"],
    [...run, "--restart", "always", image, "sh", "-c", "sleep 0.2; exit 3"],
    [...run, "--rm", ...volumes, "-p", "80", image, "sleep", "0.3"],
    [
      ...run,
      "--network",
      `container:${someName()}`,
      "--pid",
      `container:${someName()}`,
      image,
      "sleep",
      "1000",
    ],
    ["run", "--rm", "--name", name, ...volumes, image, "true"],
    ["create", "--name", name, ...volumes, image, "true"],
    ["rm", "-f", "-v", name],
    ["rm", "-v", name],
    ["restart", "-t", "0", name],
    ["stop", "-t", "0", name],
    ["exec", name, "true"],
    ["exec", name, "sleep", "0.2"],
    ["rename", name, someName()],
    ["update", "--memory", "50m", "--memory-swap", "100m", name],
    ...["start", "pause", "unpause", "kill", "wait", "logs"].map((verb) => [verb, name]),
  ]);
}

/** Gives commands, one after the other, until told to stop; a client that would wait for ever is killed. */
async function command(until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    const client = rig.driver.spawn(anyCommand());
    const late = setTimeout(() => client.kill("SIGKILL"), clientTimeoutMs);
    const [said] = await Promise.all([
      new Response(client.stderr).text(),
      new Response(client.stdout).text(),
      client.exited,
    ]);
    clearTimeout(late);
    expect(said).not.toContain("internal server error");
  }
}

test(
  "killed at any moment of anything, also of its own start, the engine comes back and all can be removed",
  async () => {
    for (const end = performance.now() + durationMs; performance.now() < end; ) {
      const until = new AbortController();
      const workers = Promise.all([1, 2, 3, 4, 5].map(() => command(until.signal)));
      await delay(300 + Math.random() * 900);
      await rig.crash();
      await delay(Math.random() * 300);
      until.abort();
      await rig.crash();
      await workers;
      await rig.expectClean();
    }
  },
  durationMs + 60_000,
);
