// Command lines that act on containers, by docker's client and by ours against one real engine: every letter must agree.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
const image = process.env.GANTRY_PEER_IMAGE ?? "bb";
const prefix = `gantry-verbs-${process.pid}`;
/** Runs, with published ports. */
const up = `${prefix}-up`;
/** Has ended with 3, after six lines on both streams and a last one without its end. */
const ended = `${prefix}-ended`;
/** Made anew by the lines that remove it. */
const other = `${prefix}-other`;

interface Case {
  line: string;
  /** Run by docker's client before each of the two. */
  before?: string;
  input?: string;
}

const cases: Case[] = [
  ...[
    'stop ""',
    "stop nope nope2",
    `stop -t x ${up}`,
    "stop --time 1 --timeout 2 nope",
    "stop --time 1 nope",
    `kill -s FOO ${up}`,
    'rm ""',
    "rm /",
    "rm -f nope nope2",
    "rm -flv nope",
    `rm ${up}`,
    'wait nope ""',
    `wait ${ended} ${ended} nope`,
    "restart nope nope2",
    `unpause nope ${up}`,
    "logs nope",
    'logs " "',
    `logs ${ended}`,
    `logs -f ${ended}`,
    `logs -n 2 ${ended}`,
    `logs -n x ${ended}`,
    `logs --tail 0 ${ended}`,
    `logs -t --details ${ended}`,
    `logs --since 1h ${ended}`,
    `logs --since 2020-01-01T10:10 --until 2020-01-02 ${ended}`,
    `logs --until 2020-13-02 ${ended}`,
    `logs --since abc ${ended}`,
    `rename ${up} ${ended}`,
    `rename ${up} b@d`,
    'rename "" x',
    "rename nope x",
    `port ${up}`,
    `port ${up} ""`,
    `port ${up} 80`,
    `port ${up} 90/udp`,
    `port ${up} 90/`,
    `port ${up} 90/sctp`,
    `port ${up} 080`,
    `port ${up} 0x50`,
    `port ${up} 99999`,
    `port ${up} x/y`,
    `port ${ended}`,
    `top ${up}`,
    `top ${up} -o pid,comm`,
    `top ${up} -x --bad`,
    `top ${ended}`,
    `diff ${up}`,
    "diff nope",
    `update ${up}`,
    `update -m 1x ${up}`,
    `update -m 64m --memory-swap -1 ${up} nope ${ended}`,
    `update --memory 3 ${up}`,
    `update --restart foo ${up} nope`,
    `update --restart :3 ${up}`,
    `update --restart on-failure:x ${up}`,
    `update --restart= ${up}`,
    `update --pids-limit 0 ${up}`,
    `update --blkio-weight 99999 ${up}`,
    `update --cpus 1.0000000001 ${up}`,
    `update --kernel-memory 5m ${up}`,
    `update --cpuset-cpus 0-999 ${up}`,
    "container prune -f --filter foo=1",
    "container prune --filter x",
    `container prune -f --filter label=${prefix}-none`,
  ].map((line) => ({ line })),
  ...["y\n", "Y", "n\n", "yes\n", ""].map((input) => ({
    line: `container prune --filter label=${prefix}-none`,
    input,
  })),
  { line: `kill ${other} nope`, before: `start ${other}` },
  { line: `kill -s 9 ${other}`, before: `start ${other}` },
  { line: `stop -t 0 /${other} ${other} nope`, before: `start ${other}` },
  { line: `restart -t 0 ${other} nope`, before: `start ${other}` },
  { line: `pause ${other} nope`, before: `restart -t 0 ${other}` },
  { line: `unpause ${other} nope`, before: `pause ${other}` },
  { line: `rename ${other} ${other}-2`, before: `rename ${other}-2 ${other}` },
  { line: `rm -f ${other}-3 nope`, before: `run -d --name ${other}-3 ${image} sleep 1000` },
  { line: `rm ${other}-3/ nope`, before: `create --name ${other}-3 ${image}` },
  ..."stop kill restart rename wait pause unpause port top update rm logs prune"
    .split(" ")
    .flatMap((verb) => [`container ${verb} --help`, `container ${verb} --nope`])
    .map((line) => ({ line })),
  ..."stop kill restart rename wait pause unpause port top update rm logs"
    .split(" ")
    .map((line) => ({ line })),
];

function docker(line: string): Promise<Ran> {
  return runDocker({ args: words(line), env });
}

beforeAll(async () => {
  if (skip) return;
  const ports = "-p 80 -p 127.0.0.1::90/udp -p [::1]::90";
  const speak = "for i in 1 2 3; do echo out $i; echo err $i >&2; done; printf end; exit 3";
  await docker(`run -d --name ${up} ${ports} ${image} sleep 1000`);
  await docker(`run -d --name ${ended} ${image} sh -c '${speak}'`);
  await docker(`run -d --name ${other} ${image} sleep 1000`);
  await docker(`wait ${ended}`);
});

afterAll(async () => {
  if (!skip) await docker(`rm -f ${up} ${ended} ${other} ${other}-2 ${other}-3`);
  rmSync(directory, { recursive: true });
});

describe.skipIf(skip)(`side by side (${peerReason})`, () => {
  for (const { line, before, input = "" } of cases) {
    test(`${line.replaceAll(prefix, "NAME")}${input && ` < ${JSON.stringify(input)}`}`, async () => {
      const command = { args: words(line), env, input };
      if (before !== undefined) await docker(before);
      const theirs = await runDocker(command);
      if (before !== undefined) await docker(before);
      expect(await runOurs(command)).toEqual(theirs);
    }, 30_000);
  }
});
