import { afterAll, beforeAll, expect, test } from "bun:test";
import { jsonLines } from "../../src/client/json-lines.ts";
import type { ContainerStatsResponse } from "../../src/spec/api/container-stats.ts";
import { busyboxImage as image, scenarios } from "../support/drivers.ts";

scenarios("stats", (scene) => {
  const { driver } = scene;
  const box = driver.own("box");
  const mebibyte = 1024 * 1024;

  beforeAll(async () => {
    const fill = "dd if=/dev/zero of=/dev/shm/held bs=1M count=8 2>/dev/null; echo ready; exec sleep 1000";
    await driver.ok("run", "-d", "--name", box, "-m", "64m", "--pids-limit", "50", image, "sh", "-c", fill);
    for await (const text of driver.spawn(["logs", "-f", box]).stdout.pipeThrough(new TextDecoderStream()))
      if (text.includes("ready")) break;
  });
  afterAll(async () => {
    await driver.ok("rm", "-f", box);
  });

  /** A real dockerd shows no numbers where its containerd finds no hugetlb groups: it proves the words only. */
  const hasNumbers = driver.engine === "gantry";

  test("one row for each container named, stopped ones with zeros, and the table's head", async () => {
    const stopped = driver.own("stopped");
    await driver.ok("create", "--name", stopped, image);
    const [head, ...rows] = (await driver.ok("stats", "--no-stream", box, stopped)).split("\n");
    expect(head).toMatch(
      /^CONTAINER ID +NAME +CPU % +MEM USAGE \/ LIMIT +MEM % +NET I\/O +BLOCK I\/O +PIDS$/,
    );
    expect(rows.length).toBe(2);
    if (hasNumbers) expect(rows.find((row) => row.includes(box))).toMatch(/MiB \/ 64MiB/);
    expect(rows.find((row) => row.includes(stopped))).toMatch(
      / 0\.00% +0B \/ 0B +0\.00% +0B \/ 0B +0B \/ 0B +0$/,
    );
    await driver.ok("rm", stopped);
  });

  test("--format and --no-trunc", async () => {
    const id = await driver.ok("inspect", "-f", "{{.Id}}", box);
    const text = await driver.ok("stats", "--no-stream", "--no-trunc", "--format", "{{.ID}} {{.Name}}", box);
    expect(text).toBe(`${id} ${box}`);
  });

  test("a container that is not there", async () => {
    expect((await driver.fails("stats", "--no-stream", "no-such-one")).text).toContain(
      "No such container: no-such-one",
    );
  });

  async function ask(query: string): Promise<Response> {
    return fetch(`http://engine/v1.51/containers/${box}/stats?${query}`, {
      unix: scene.engine?.socket ?? "",
    });
  }

  test("the sample: memory held, limits, an interface, and the one before it", async () => {
    if (!hasNumbers) return;
    const once = (await (await ask("stream=0&one-shot=1")).json()) as ContainerStatsResponse;
    expect(once.name).toBe(`/${box}`);
    expect(once.preread).toBe("0001-01-01T00:00:00Z");
    expect(once.memory_stats?.limit).toBe(64 * mebibyte);
    expect(once.memory_stats?.usage).toBeGreaterThan(8 * mebibyte);
    expect(once.pids_stats).toEqual({ current: 1, limit: 50 });
    expect(once.networks?.["eth0"]?.rx_packets).toBeNumber();
    const two = (await (await ask("stream=0")).json()) as ContainerStatsResponse;
    expect(Date.parse(two.preread ?? "")).toBeLessThan(Date.parse(two.read ?? ""));
    expect(two.precpu_stats?.system_cpu_usage).toBeGreaterThan(0);
  });

  test("what cannot be asked for together", async () => {
    if (!hasNumbers) return;
    const refused = await ask("stream=1&one-shot=1");
    expect([refused.status, await refused.text()]).toEqual([
      400,
      '{"message":"cannot have stream=true and one-shot=true"}\n',
    ]);
  });

  test("a stream ends when the container is removed", async () => {
    if (!hasNumbers) return;
    const name = driver.own("gone");
    await driver.ok("run", "-d", "--name", name, "--net", "none", image, "sleep", "1000");
    const samples: ContainerStatsResponse[] = [];
    for await (const sample of streamed(name)) {
      samples.push(sample);
      if (samples.length === 1) await driver.ok("rm", "-f", name);
    }
    expect(samples[0]?.pids_stats?.current).toBe(1);
    expect(samples[0]?.networks).toBeUndefined();
  });

  test("a stream goes on over a restart: with the new run's group, not what is held open of the old one", async () => {
    if (!hasNumbers) return;
    const name = driver.own("again");
    await driver.ok("run", "-d", "--name", name, "--stop-signal", "KILL", image, "sleep", "1000");
    await driver.ok("exec", "-d", name, "sleep", "1000");
    const seen: (number | null | undefined)[] = [];
    for await (const sample of streamed(name)) {
      seen.push(sample.pids_stats?.current);
      if (seen.length === 1) await driver.ok("restart", name);
      if (seen.at(-1) === 1) break;
    }
    expect(seen[0]).toBe(2);
    await driver.ok("rm", "-f", name);
  });

  async function* streamed(name: string): AsyncGenerator<ContainerStatsResponse> {
    const { body } = await fetch(`http://engine/containers/${name}/stats`, {
      unix: scene.engine?.socket ?? "",
    });
    if (body === null) throw new Error("no body");
    yield* jsonLines<ContainerStatsResponse>(body);
  }
});
