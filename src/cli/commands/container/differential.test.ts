// Verbs on containers by docker's client and by ours against one real engine: exit code, stdout and stderr must agree.
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
} from "../../testing/side-by-side.ts";

const skip = dockerCli === undefined || peerHost === undefined;
const directory = mkdtempSync(join(tmpdir(), "gantry-container-differential-"));
const env = { DOCKER_HOST: peerHost ?? "", DOCKER_CONFIG: directory, HOME: directory };
const prefix = `gantry-verbs-${process.pid}`;

/** What the lines name: UP runs, with published ports; ENDED has ended with 3; DOWN was never started; GONE is none. */
const names: Record<string, string> = {
  IMAGE: process.env.GANTRY_PEER_IMAGE ?? "bb",
  PREFIX: prefix,
  UP: `${prefix}-up`,
  ENDED: `${prefix}-ended`,
  DOWN: `${prefix}-down`,
  OTHER: `${prefix}-other`,
};

function named(line: string): string[] {
  return words(line).map((word) => word.replace(/\b[A-Z]{2,}\b/g, (name) => names[name] ?? name));
}

function docker(line: string): Promise<Ran> {
  return runDocker({ args: named(line), env });
}

beforeAll(async () => {
  if (skip) return;
  const ports = "-p 80 -p 127.0.0.1::90/udp -p [::1]::90";
  const speak = "for i in 1 2 3; do echo out $i; echo err $i >&2; done; printf end";
  await docker(`run -d --name UP ${ports} -v /data IMAGE sh -c 'echo out; echo err >&2; exec sleep 1000'`);
  await docker(`run -d --name ENDED IMAGE sh -c '${speak}; exit 3'`);
  await docker("create --name DOWN IMAGE true");
  await docker("run -d --name OTHER IMAGE sleep 1000");
  await docker("wait ENDED");
});

afterAll(async () => {
  if (!skip) await docker("rm -f -v UP ENDED DOWN OTHER OTHER-2 OTHER-3");
  rmSync(directory, { recursive: true });
});

/** None of them changes anything that a later one sees. */
const lines = `
stop ""
stop nope nope2
stop -t x UP
stop --time 1 --timeout 2 nope
stop --time 1 nope
kill -s FOO UP
rm ""
rm /
rm -f nope nope2
rm -flv nope
rm UP
wait nope ""
wait ENDED ENDED nope
restart nope nope2
unpause nope UP
logs nope
logs " "
logs ENDED
logs -f ENDED
logs -n 2 ENDED
logs -n x ENDED
logs --tail 0 ENDED
logs -t --details ENDED
logs --since 1h ENDED
logs --since 2020-01-01T10:10 --until 2020-01-02 ENDED
logs --until 2020-13-02 ENDED
logs --since abc ENDED
rename UP ENDED
rename UP b@d
rename "" x
rename nope x
port UP
port UP ""
port UP 80
port UP 90/udp
port UP 90/
port UP 90/sctp
port UP 080
port UP 0x50
port UP 99999
port UP x/y
port ENDED
top UP
top UP -o pid,comm
top UP -x --bad
top ENDED
diff UP
diff nope
update UP
update -m 1x UP
update -m 64m --memory-swap -1 UP nope ENDED
update --memory 3 UP
update --restart foo UP nope
update --restart :3 UP
update --restart on-failure:x UP
update --restart= UP
update --pids-limit 0 UP
update --blkio-weight 99999 UP
update --cpus 1.0000000001 UP
update --kernel-memory 5m UP
update --cpuset-cpus 0-999 UP
container prune -f --filter foo=1
container prune --filter x
container prune -f --filter label=PREFIX-none
ps -a --no-trunc --filter name=DOWN
ps -aq --filter name=DOWN
ps -aq --format x --filter name=DOWN
ps --filter bogus=x
ps --filter x
ps --format {{.Bogus}}
ps --format {{.Bogus
top UP bogus
top DOWN
port UP 81
port UP abc
port DOWN
port GONE
logs UP
logs --tail 1 UP
logs --tail 0 UP
logs --since bogus UP
logs --until 1h UP
logs DOWN
logs GONE
diff GONE
update --restart bogus UP
update --restart a:b UP
update --pids-limit 50 UP GONE
rename DOWN DOWN
rename DOWN ''
rename GONE x
stop DOWN GONE
stop --signal BOGUS UP
stop --time 1 DOWN
kill DOWN
kill -s BOGUS UP
kill GONE GONE2
pause DOWN GONE
unpause UP
rm ''
rm GONE
rm -f GONE
rm -z GONE
wait DOWN GONE
start GONE
start -a UP GONE
attach DOWN
attach GONE
exec UP sh -c 'echo o; echo e >&2; exit 4'
exec UP nosuch
exec UP /etc
exec -d UP nosuch
exec DOWN true
exec GONE true
exec -it GONE true
exec -it UP true
exec -e =x UP true
exec -e A=1 -w /etc -u 1:2 UP sh -c 'echo $A; pwd; id -u'
exec --env-file nosuch UP true
exec --detach-keys bogus UP true
container inspect GONE
container inspect --format {{.Name}} DOWN GONE
container prune -f --filter label=gantry.none
stats --no-stream GONE
export GONE
commit UP UPPER
run --rm IMAGE sh -c 'echo o; echo e >&2; exit 9'
run --rm IMAGE sh -c 'kill -9 $$'
run --rm -t IMAGE sh -c 'tty >/dev/null && echo tty'
run --rm IMAGE nosuch
run --rm IMAGE /etc
run --rm --entrypoint /nosuch IMAGE
run --rm --user nosuch IMAGE true
run --rm -w relative IMAGE true
run --rm --network nosuch IMAGE true
run --rm --volumes-from nosuch IMAGE true
run --rm -v /a:/ IMAGE true
run --rm --runtime bogus IMAGE true
run --rm --pull never gantry.invalid/none
run --name UP IMAGE true
run -d -a stdout IMAGE true
run -it IMAGE true
create --name UP IMAGE
run
exec UP
rename a
port
ps x
container nonsense
`;

/** Changes what it names: `before` is run by docker's client before each of the two. */
const changing = [
  { before: "start OTHER", line: "kill OTHER nope" },
  { before: "start OTHER", line: "kill -s 9 OTHER" },
  { before: "start OTHER", line: "stop -t 0 /OTHER OTHER nope" },
  { before: "start OTHER", line: "restart -t 0 OTHER nope" },
  { before: "restart -t 0 OTHER", line: "pause OTHER nope" },
  { before: "pause OTHER", line: "unpause OTHER nope" },
  { before: "rename OTHER-2 OTHER", line: "rename OTHER OTHER-2" },
  { before: "run -d --name OTHER-3 IMAGE sleep 1000", line: "rm -f OTHER-3 nope" },
  { before: "create --name OTHER-3 IMAGE", line: "rm OTHER-3/ nope" },
];

const verbs = "stop kill restart rename wait pause unpause port top update rm logs".split(" ");
const bare = [
  ...[...verbs, "prune"].flatMap((verb) => [`container ${verb} --help`, `container ${verb} --nope`]),
  ...verbs,
];

describe.skipIf(skip)(`verbs on containers side by side (${peerReason})`, () => {
  for (const line of [...lines.trim().split("\n"), ...bare]) test(line, () => compare(line), 30_000);

  for (const input of ["y\n", "Y", "n\n", "yes\n", ""])
    test(`container prune < ${JSON.stringify(input)}`, () =>
      compare("container prune --filter label=PREFIX-none", { input }));

  for (const { before, line } of changing) test(line, () => compare(line, { before }), 30_000);

  test("what stdin holds reaches the container whole", async () => {
    const input = "0123456789abcde\n".repeat(20_000);
    for (const line of ["run -i --rm IMAGE cat", "exec -i UP cat"])
      expect(await runOurs({ args: named(line), env, input })).toEqual({
        code: 0,
        stdout: input,
        stderr: "",
      });
  });
});

async function compare(
  line: string,
  { before, input = "" }: { before?: string; input?: string } = {},
): Promise<void> {
  const command = { args: named(line), env, input };
  if (before !== undefined) await docker(before);
  const theirs = settled(await runDocker(command));
  if (before !== undefined) await docker(before);
  expect(settled(await runOurs(command))).toEqual(theirs);
}

function settled({ code, stdout, stderr }: Ran): Ran {
  return { code, stdout: lasting(stdout), stderr: lasting(stderr) };
}

/** Without what differs from one moment or container to the next, and without what we add. */
function lasting(text: string): string {
  return text
    .replace(/\nDid you mean '.*'\?/g, "")
    .replace(/^ +--dry-run .*\n(?: {20,}.*\n)?/m, "")
    .replace(/\b[0-9a-f]{64}\b/g, "ID")
    .replace(/\b[0-9a-f]{12}\b/g, "ID")
    .replace(/(?:\d+ (?:seconds?|minutes?)|Less than a second|About a minute) ago/g, "AGO ago")
    .replace(/ {2,}/g, "  ");
}
