// One scenario with dockerode, as its users run it: under Node.
// usage: node dockerode-scenario.mjs SOCKET IMAGE NAME SCENARIO
import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import Docker from "dockerode";

const [socketPath, image, name, scenario] = process.argv.slice(2);
const docker = new Docker({ socketPath });

/** Both outputs of a hijacked, multiplexed stream. */
async function demultiplexed(stream) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  docker.modem.demuxStream(stream, stdout, stderr);
  stream.once("end", () => {
    stdout.end();
    stderr.end();
  });
  const [out, err] = await Promise.all([text(stdout), text(stderr)]);
  return { out, err };
}

const scenarios = {
  async run() {
    const output = new PassThrough();
    const collected = text(output);
    const command = ["sh", "-c", "echo hello; exit 3"];
    const [result, container] = await docker.run(image, command, output, { name, Tty: true });
    assert.equal(result.StatusCode, 3);
    // It ends with the attached stream, which may come after the answer to the wait.
    assert.equal(await collected, "hello\r\n");
    await container.remove();
  },

  async "attach with half-close"() {
    const container = await docker.createContainer({
      name,
      Image: image,
      Cmd: ["sh", "-c", "cat; echo err >&2"],
      OpenStdin: true,
      StdinOnce: true,
    });
    const streams = { stream: true, stdin: true, stdout: true, stderr: true, hijack: true };
    const stream = await container.attach(streams);
    const output = demultiplexed(stream);
    await container.start();
    stream.write("in\n");
    stream.end();
    assert.deepEqual(await output, { out: "in\n", err: "err\n" });
    assert.equal((await container.wait()).StatusCode, 0);
    await container.remove();
  },

  async exec() {
    const container = await docker.createContainer({ name, Image: image, Cmd: ["sleep", "1000"] });
    await container.start();
    const exec = await container.exec({
      Cmd: ["sh", "-c", "cat; exit 7"],
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
    });
    const stream = await exec.start({ hijack: true, stdin: true });
    const output = demultiplexed(stream);
    stream.end("through exec");
    assert.equal((await output).out, "through exec");
    assert.equal((await exec.inspect()).ExitCode, 7);
    await container.remove({ force: true });
  },

  async logs() {
    const container = await docker.createContainer({
      name,
      Image: image,
      Cmd: ["sh", "-c", "echo a; echo b >&2"],
    });
    await container.start();
    await container.wait();
    const followed = await container.logs({ stdout: true, stderr: true, follow: true });
    assert.deepEqual(await demultiplexed(followed), { out: "a\n", err: "b\n" });
    const logs = Buffer.from(await container.logs({ stdout: true, stderr: false }));
    assert.deepEqual(logs, Buffer.from([1, 0, 0, 0, 0, 0, 0, 2, 97, 10]));
    await container.remove();
  },

  async events() {
    const filters = { container: [name], event: ["create", "start", "die"] };
    const stream = await docker.getEvents({ filters });
    const seen = [];
    const all = new Promise((resolve) => {
      stream.on("data", (data) => {
        for (const line of data.toString().split("\n").filter(Boolean)) seen.push(JSON.parse(line).Action);
        if (seen.length === 3) resolve();
      });
    });
    const container = await docker.createContainer({ name, Image: image, Cmd: ["true"] });
    await container.start();
    await all;
    assert.deepEqual(seen, ["create", "start", "die"]);
    stream.destroy();
    await container.wait();
    await container.remove();
  },

  async "list and inspect"() {
    const container = await docker.createContainer({
      name,
      Image: image,
      Labels: { owner: name },
      ExposedPorts: { "80/tcp": {} },
    });
    const listed = await docker.listContainers({ all: true, filters: { label: [`owner=${name}`] } });
    assert.deepEqual(
      listed.map(({ Names, State }) => [Names, State]),
      [[[`/${name}`], "created"]],
    );
    assert.equal((await container.inspect()).Config.Labels.owner, name);
    await container.rename({ name: `${name}-2` });
    assert.equal((await docker.getContainer(`${name}-2`).inspect()).Name, `/${name}-2`);
    await container.remove();
  },

  async errors() {
    await assert.rejects(docker.getContainer("no-such-one").inspect(), {
      statusCode: 404,
      json: { message: "No such container: no-such-one" },
    });
    await assert.rejects(docker.createContainer({ Image: "no-such-image:1" }), { statusCode: 404 });
    const container = await docker.createContainer({ name, Image: image, Cmd: ["sleep", "1000"] });
    await assert.rejects(docker.createContainer({ name, Image: image }), { statusCode: 409 });
    await container.start();
    await assert.rejects(container.start(), { statusCode: 304 });
    await assert.rejects(container.remove(), { statusCode: 409 });
    await container.stop({ t: 0 });
    await assert.rejects(container.stop(), { statusCode: 304 });
    await container.remove();
  },

  async "stats and health"() {
    const container = await docker.createContainer({
      name,
      Image: image,
      Cmd: ["sleep", "1000"],
      Healthcheck: { Test: ["CMD", "true"], Interval: 50e6 },
    });
    const stream = await docker.getEvents({ filters: { container: [name], event: ["health_status"] } });
    const [data] = await Promise.all([once(stream, "data"), container.start()]);
    assert.equal(JSON.parse(data.toString()).Action, "health_status: healthy");
    stream.destroy();
    assert.equal((await container.inspect()).State.Health.Status, "healthy");
    const sample = await container.stats({ stream: false });
    assert.equal(sample.name, `/${name}`);
    assert.ok(sample.memory_stats.limit > 0 && sample.pids_stats.current >= 1);
    const following = await container.stats({ stream: true });
    assert.equal(JSON.parse((await once(following, "data")).toString()).id, container.id);
    following.destroy();
    await container.remove({ force: true });
  },

  async volumes() {
    await docker.createVolume({ Name: name, Labels: { a: "b" } });
    const container = await docker.createContainer({
      name,
      Image: image,
      Cmd: ["touch", "/v/x"],
      HostConfig: { Binds: [`${name}:/v`] },
    });
    await container.start();
    await container.wait();
    await assert.rejects(docker.getVolume(name).remove(), { statusCode: 409 });
    await container.remove();
    await docker.getVolume(name).remove();
  },

  async "info and version"() {
    const [info, version] = await Promise.all([docker.info(), docker.version()]);
    assert.equal(info.OSType, "linux");
    assert.equal(version.ApiVersion, "1.51");
    assert.equal((await docker.ping()).toString(), "OK");
  },
};

if (scenario === "--list") {
  for (const title of Object.keys(scenarios)) console.log(title);
} else {
  await scenarios[scenario]();
  // Keep-alive connections must not keep the process.
  process.exit(0);
}
