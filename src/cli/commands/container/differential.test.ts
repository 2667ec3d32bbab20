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
const image = process.env.GANTRY_PEER_IMAGE ?? "bb";
const up = `gantry-up-${process.pid}`;
const down = `gantry-down-${process.pid}`;

async function docker(...args: string[]): Promise<Ran> {
  return runDocker({ args, env });
}

beforeAll(async () => {
  if (skip) return;
  const talk = "echo out; echo err >&2; exec sleep 1000";
  await docker("run", "-d", "--name", up, "-p", "127.0.0.1::80", "-v", "/data", image, "sh", "-c", talk);
  await docker("create", "--name", down, image, "true");
});

afterAll(async () => {
  if (!skip) await docker("rm", "-f", "-v", up, down);
  rmSync(directory, { recursive: true });
});

/** UP runs, DOWN was never started, GONE is none. None of the lines changes anything that a later one sees. */
const lines = `
ps -a --no-trunc --filter name=DOWN
ps -aq --filter name=DOWN
ps -aq --format x --filter name=DOWN
ps --filter bogus=x
ps --filter x
ps --format {{.Bogus}}
ps --format {{.Bogus
top UP -o pid,comm
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
diff UP
diff GONE
update UP
update -m 1x UP
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
rm UP
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

describe(`verbs side by side (${peerReason})`, () => {
  for (const line of lines.trim().split("\n")) {
    test.skipIf(skip)(line, async () => {
      const args = words(line).map((word) =>
        word
          .replace(/\bUP\b/, up)
          .replace(/\bDOWN\b/, down)
          .replace(/\bIMAGE\b/, image),
      );
      const wanted = settled(await runDocker({ args, env }));
      const ours = settled(await runOurs({ args, env }));
      expect(ours).toEqual(wanted);
    });
  }

  test.skipIf(skip)("what stdin holds reaches the container whole", async () => {
    const input = "0123456789abcde\n".repeat(20_000);
    for (const args of [
      ["run", "-i", "--rm", image, "cat"],
      ["exec", "-i", up, "cat"],
    ])
      expect(await runOurs({ args, env, input })).toEqual({ code: 0, stdout: input, stderr: "" });
  });
});

function settled({ code, stdout, stderr }: Ran): Ran {
  return { code, stdout: lasting(stdout), stderr: lasting(stderr) };
}

/** Without what differs from one moment or container to the next, and without what we add. */
function lasting(text: string): string {
  return text
    .replace(/\nDid you mean '.*'\?/g, "")
    .replace(/\b[0-9a-f]{64}\b/g, "ID")
    .replace(/\b[0-9a-f]{12}\b/g, "ID")
    .replace(/(?:\d+ (?:seconds?|minutes?)|Less than a second|About a minute) ago/g, "AGO ago")
    .replace(/ {2,}/g, "  ");
}
