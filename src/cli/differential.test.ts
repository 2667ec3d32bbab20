// Command lines that only read, by docker's client and by ours against one real engine: every letter must agree.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { registry } from "./registry.ts";
import {
  dockerCli,
  peerHost,
  peerReason,
  type Ran,
  runDocker,
  runOurs,
  words,
} from "./testing/side-by-side.ts";

const skip = dockerCli === undefined || peerHost === undefined;
const directory = mkdtempSync(join(tmpdir(), "gantry-differential-"));
const env = { DOCKER_HOST: peerHost ?? "", DOCKER_CONFIG: directory, HOME: directory };
/** What the lines look at; the image must be there, with a shell. */
const image = process.env.GANTRY_PEER_IMAGE ?? "bb";
const name = `gantry-differential-${process.pid}`;

async function docker(...args: string[]): Promise<Ran> {
  return runDocker({ args, env });
}

beforeAll(async () => {
  if (skip) return;
  await docker("volume", "create", "--label", "a=b", "-o", "type=tmpfs", "-o", "device=tmpfs", name);
  await docker("network", "create", "--label", "x=y", name);
  const options = ["--label", "x=<y>", "--label", "a.b=c", "-v", `${name}:/data`, "--memory", "64m"];
  const health = ["--health-cmd", "true", "-e", "FOO=bar", "--net", name, "-p", "127.0.0.1::80"];
  await docker("create", "--name", name, ...options, ...health, image, "echo", "hello 'world' & <x>");
});

afterAll(async () => {
  if (!skip) {
    await docker("rm", "-f", name);
    await docker("network", "rm", name);
    await docker("volume", "rm", name);
  }
  rmSync(directory, { recursive: true });
});

const templates = [
  "{{.State}}",
  "{{.Foo}}",
  "{{.State.Foo}}",
  "{{.State.Health.Status}}",
  "{{json .State}} {{json .Config.Labels}}",
  "{{json .}}",
  "{{json .HostConfig}}",
  "{{.Id}} {{.ID}} {{.Name}} {{.Created}}",
  "{{.HostConfig.NetworkMode}} {{.HostConfig.NetworkMode.IsUserDefined}} {{.HostConfig.NetworkMode.IsBridge}}",
  "{{.HostConfig.Memory}} {{.HostConfig.Resources.Memory}} {{.HostConfig.PidsLimit}} {{.HostConfig.Init}}",
  '{{printf "%.2f %s %T" .HostConfig.Memory .Name .State}}',
  '{{join .Config.Cmd " "}} {{.Config.Env}} {{range .Config.Env}}[{{.}}]{{end}}',
  "{{.Mounts}} {{range .Mounts}}{{.Name}}:{{.Destination}}{{end}}",
  '{{index .Config.Labels "x"}} {{.Config.Labels.x}} {{.Config.Labels.zz}}',
  "{{.HostConfig.PortBindings}} {{range $p, $b := .HostConfig.PortBindings}}{{$p}}={{(index $b 0).HostIp}}{{end}}",
  '{{(index (index .HostConfig.PortBindings "81/tcp") 0).HostPort}}',
  "{{range $k, $v := .NetworkSettings.Networks}}{{$k}} {{$v.IPAddress}} {{$v.Aliases}}{{end}}",
  "{{if .State.Running}}up{{else if .State.Paused}}paused{{else}}{{.State.Status}}{{end}}",
  "{{lower .HostConfig.NetworkMode}} {{title .Platform}} {{len .Mounts}} {{slice .Id 0 12}}",
  "{{with .Config.Healthcheck}}{{.Test}} {{.Interval}}{{end}} {{.Config.Healthcheck}}",
];

const lines = [
  ...templates.map((template) => `inspect -f '${template}' ${name}`),
  `inspect ${name}`,
  `inspect -s -f '{{.SizeRw}} {{.SizeRootFs}}' ${name}`,
  `inspect --type volume ${name}`,
  `inspect --type image ${name}`,
  `inspect ${image} nothing-of-the-kind`,
  `image inspect ${image}`,
  `image inspect -f '{{json .}}' ${image}`,
  `image inspect -f '{{.Metadata.LastTagTime}} {{.Size}} {{.RootFS.Layers}} {{.Config.Cmd}}' ${image}`,
  `image inspect -f json ${image} nothing-of-the-kind`,
  "images",
  "images -a --no-trunc",
  "images -q",
  "images --digests",
  "images --format json",
  `images ${image}`,
  "images --tree",
  "images --filter nothing=x",
  `history ${image}`,
  `history --no-trunc --format json ${image}`,
  "history nothing-of-the-kind",
  "volume ls",
  `volume ls --format json --filter name=${name}`,
  `volume inspect ${name} nothing-of-the-kind`,
  `volume inspect -f '{{.Options}} {{json .Labels}} {{.Foo}}' ${name}`,
  "network ls",
  "network ls --no-trunc --format json",
  `network inspect ${name}`,
  `network inspect -f '{{.Created}} {{.Created.Unix}} {{.Created.Format "Jan 2 2006 15:04"}} {{.IPAM}} {{.Foo}}' ${name}`,
  "network inspect nothing-of-the-kind",
  "info --format '{{json .Plugins}} {{json .Swarm}} {{json .Runtimes}} {{json .RegistryConfig}} {{.DriverStatus}}'",
  "version --format '{{json .Server}}'",
  "version --format '{{.Server.Version}} {{.Foo}}'",
  "system df",
  "system df --format json",
  "system df -v",
  "system df -v --format '{{range .Images}}{{.ID}} {{end}}{{json .Volumes}}'",
  `events --since 1h --until 0s --filter volume=${name}`,
  `events --since 1h --until 0s --filter container=${name} --format '{{json .}}'`,
  `events --since 1h --until 0s --filter network=${name} --format '{{.Time}} {{.Action}} {{.Actor.Attributes.name}}'`,
];

/** Docker colours one header also where there is no terminal; ours does not. */
function plain(ran: Ran): Ran {
  return { ...ran, stdout: ran.stdout.replace(/\u001b\[\d+m/g, "") };
}

describe.skipIf(skip)("help side by side", () => {
  const paths = registry
    .flatMap(({ names }) => names)
    .filter((path) => /^(?:context|image|network|system|volume) /.test(path));
  for (const path of paths) {
    test(`${path} --help`, async () => {
      const command = { args: [...path.split(" "), "--help"], env };
      expect(await runOurs(command)).toEqual(await runDocker(command));
    });
  }
});

describe.skipIf(skip)(`side by side (${peerReason})`, () => {
  for (const line of lines) {
    test(line.replaceAll(name, "NAME"), async () => {
      // Ages and sizes move, and others use the engine too: one of a few tries must agree.
      for (let tries = 3; ; tries -= 1) {
        const command = { args: words(line), env };
        const [theirs, ours] = [plain(await runDocker(command)), await runOurs(command)];
        if (tries > 1 && JSON.stringify(theirs) !== JSON.stringify(ours)) continue;
        expect(ours).toEqual(theirs);
        return;
      }
    }, 30_000);
  }
});
