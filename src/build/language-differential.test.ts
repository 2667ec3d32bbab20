// The language beside BuildKit's: the same Dockerfiles are checked and built by docker on a real dockerd (GANTRY_DOCKER_CLI,
// GANTRY_PEER_HOST), and must be refused, warned of and expanded in the same words.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ignoreMatcher } from "../spec/ignore-pattern.ts";
import { checkAnswer, checkDockerfile } from "./calls/check.ts";
import { DockerfileError } from "./dockerfile/dockerfile-error.ts";
import { parseDockerfile } from "./dockerfile/parse-dockerfile.ts";
import { expandInstruction } from "./instructions/expand-instruction.ts";
import { predefinedArguments } from "./instructions/predefined-args.ts";
import { readInstructions } from "./instructions/read-instructions.ts";
import { Scope } from "./instructions/scope.ts";

const [cli, host] = [process.env.GANTRY_DOCKER_CLI, process.env.GANTRY_PEER_HOST];
const missing = cli === undefined || host === undefined;
const reason = missing ? " (GANTRY_DOCKER_CLI and GANTRY_PEER_HOST are not set)" : "";

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "gantry-language-"));
  writeFileSync(join(directory, ".dockerignore"), ignorePatterns.join("\n"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function docker(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const child = Bun.spawn([cli ?? "", "-H", host ?? "", ...args], {
    cwd: directory,
    // Where the client was fetched, buildx lies beside it.
    env: { DOCKER_CONFIG: join(dirname(cli ?? ""), "..", "config"), ...process.env },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  await child.exited;
  return { stdout, stderr };
}

const ignorePatterns = ["ignored", "folder"];
const matcher = ignoreMatcher(ignorePatterns);
const linux = { os: "linux", architecture: "amd64" };
const inputs = {
  given: new Map<string, string>(),
  predefined: predefinedArguments(linux, linux, ""),
  baseEnvironment: () => [],
  checksValues: true,
  ignored: (path: string) => matcher.excludes(path),
};

// biome-ignore format: a table
const refused = [
  "FROM", "FROM scratch a b", "FROM scratch as 9a", "FROM --platfrm=x scratch", "RUN a", "ARG A", "\n\n",
  ...[
    "FRUM x", "b", "ENV A", "ENV a=b c", "ENV =a", "LABEL", "LABEL a", "COPY a", "COPY", "COPY --chwn=1 a b", "COPY --link=foo a b", "COPY --chown a b",
    "COPY --chown=1 --chown=2 a b", "COPY a <<EOF\nEOF", "COPY <<EOF /x\nopen", "RUN --network=foo a", "RUN --mount=from=$x,target=/a a",
    "RUN --mout=type=bind a", "HEALTHCHECK", "HEALTHCHECK FOO a", "HEALTHCHECK --interval=x CMD a", "HEALTHCHECK --interval=0.1ms CMD a", "HEALTHCHECK --interval=3 CMD a",
    "HEALTHCHECK --retries=-1 CMD a", "HEALTHCHECK --retries=x CMD a", "HEALTHCHECK NONE a", "HEALTHCHECK CMD", "ONBUILD", "ONBUILD FROM a",
    "ONBUILD ONBUILD RUN a", "ONBUILD MAINTAINER x", "STOPSIGNAL", "SHELL a", "SHELL []", "USER", "EXPOSE", "VOLUME", 'VOLUME [""]', "ARG =a",
    "WORKDIR", "MAINTAINER", "CMD --x=1 a", 'CMD ["a", 1]', "ADD --checksum a b", "ADD --keep-git-dir=x a b", 
    "EXPOSE abc", "EXPOSE 70000", "EXPOSE 80/foo", "EXPOSE 90-80", "EXPOSE a:80", "STOPSIGNAL FOO", "ADD --checksum=sha256:x a b", "COPY --chmod=999 a b",
    "COPY --from=0 x y", "FROM UPPER", "FROM a:b:c", "FROM --platform=foo scratch", "FROM --platform=a/b/c/d scratch", "FROM scratch AS a\nCOPY --from=a x y",
    "COPY --from=1 a b\nFROM scratch", 
    "ENTRYPOINT --x a", "RUN <<A <<B\nA\n", "copy --form=x a b",
  ].map((line) => `FROM scratch\n${line}`),
  "# escape=x\nFROM scratch", "# escape=`\n# escape=`\nFROM scratch", "# check=foo=bar\nFROM scratch",
];

describe.skipIf(missing)(`refused alike${reason}`, () => {
  for (const text of refused) {
    test(JSON.stringify(text), async () => {
      writeFileSync(join(directory, "Dockerfile"), `${text}\n`);
      const { stderr } = await docker("build", "--check", ".");
      const said =
        /^ERROR: (?:failed to build: )?(?:failed to solve: )?(?:failed to run Build function: )?(.*)$/m.exec(
          stderr,
        )?.[1];
      expect(refusalOf(`${text}\n`)).toBe(said ?? "nothing");
    });
  }
});

function refusalOf(text: string): string {
  try {
    checkDockerfile(text, inputs);
    return "nothing";
  } catch (error) {
    if (error instanceof DockerfileError) return error.message;
    throw error;
  }
}

// biome-ignore format: a table
const checked = [
  "from scratch AS Foo\nENV A 1\nMAINTAINER x\nRUN a \\\n\n b\n",
  "FROM scratch\nrun a\nRun a\nrUn b\n",
  "from scratch\nrun a\nRUN b\n",
  "FROM scratch\nARG D\nENV A=${D-u} B=${NOPE:-x} C=$A D2=${B#x}\nLABEL x=$PATH y=$HOME\n",
  "FROM scratch\nENV APIKEY=1 PUBLIC_KEY=2 MY_AUTH_X=3 TOKENS=1 Password=4\nARG SECRET_X\nARG credentials=1\n",
  "FROM scratch\nWORKDIR a\nWORKDIR /b\nWORKDIR c\nCMD a\nCMD [\"b\"]\nENTRYPOINT c\n",
  "FROM scratch\nSHELL [\"x\"]\nCMD foo\nENTRYPOINT b\nHEALTHCHECK CMD a\nHEALTHCHECK NONE\n",
  "FROM scratch\nUSER $U\nCOPY --chown=$C a b\nRUN $X\nONBUILD RUN $Y\nEXPOSE $P\n",
  "FROM scratch AS a\nARG A=1\nFROM a\nLABEL x=$A\nFROM a AS A\n",
  "FROM --platform=linux/amd64 scratch\nFROM --platform=$TARGETPLATFORM scratch\nFROM --platform=$BUILDPLATFORM scratch\n",
  "# check=skip=JSONArgsRecommended\nFROM scratch\nCMD a\nENV a b\n",
  "# check=skip=all\nFROM scratch\nCMD a\n",
  "FROM scratch\nENV a=b \\\n  # comment\n  c=$d\nLABEL e f\nENV\tg h\n",
  "FROM --platform=linux/arm64 scratch AS x-arm64\nFROM --platform=linux/arm64 scratch AS linuxes\nFROM --platform=linux scratch AS a\n",
  "# check=experimental=CopyIgnoredFile\nFROM scratch\nCOPY ignored ./ignored /ignored kept ign* /x/\nADD folder/a /y\nCOPY folder/* . /z/\n",
  "# check=experimental=all;skip=CopyIgnoredFile\nFROM scratch\nCOPY ignored /x\n# a b\nARG c\n",
  "FROM scratch\nEXPOSE 80/TCP 127.0.0.1:80:80 53/udp\nRUN <<EOF\n$X\nEOF\nCOPY <<EOF /$Y\n$Z\nEOF\n",
  "FROM scratch AS context\nFROM scratch as b\nfrom scratch as c\nFROM scratch As d\n",
];

describe.skipIf(missing)(`warned of alike${reason}`, () => {
  for (const text of checked) {
    test(JSON.stringify(text), async () => {
      writeFileSync(join(directory, "Dockerfile"), text);
      const { stdout } = await docker("build", "--call=check,format=json", ".");
      const answer =
        stdout === "" ? { warnings: null } : (JSON.parse(stdout) as ReturnType<typeof checkAnswer>);
      const ours = checkAnswer(checkDockerfile(text, inputs).warnings, "Dockerfile", text);
      expect(inWords(ours.warnings)).toEqual(inWords(answer.warnings));
    });
  }
});

function inWords(warnings: ReturnType<typeof checkAnswer>["warnings"]): string[] {
  return (warnings ?? [])
    .map(({ ruleName, description, url, detail, location: { ranges } }) =>
      [ranges[0]?.start.line, ranges[0]?.end.line, ruleName, detail, description, url].join(" | "),
    )
    .sort();
}

const values = {
  P: "/usr/bin:/bin",
  F: "archive.tar.gz",
  W: "two words",
  E: "",
  Q: `it's "q"`,
  B: "a\\b",
  S: "a*b",
};
// biome-ignore format: a table
const words = [
  "$P", "${P}", '"$P"', "'$P'", "\\$P", '"\\$P"', "a\\ b", '"a\\b"', "a\\\\b", "$", "$$", "$.x", "${W}", '"$W"', "$W$W", "$1", "${1}", "$1a", "$P$", "$@x",
  "${N:-d}", "${N-d}", "${E:-d}", "${E-d}", "${N:-$P}", "${N:-${E:-deep}}", "${P:+s}", "${E:+s}", "${E+s}", "${N+s}", "${N:-}", '"${N:-a b}"', "${N:-'a'}",
  "${F#*.}", "${F##*.}", "${F%.*}", "${F%%.*}", "${F#archive}", "${F#none}", "${F%?}", "${F#?r}", "${P/bin/x}", "${P//bin/x}", "${P//bin/}", '"${P//:/ }"',
  "${P/\\/usr/}", "${F/a*c/<>}", "${F/./-}", "${F//?/.}", "${S#a\\*}", "${S/\\*/-}", "${Q}", '"${Q}"', "${B}", "\\\\$P", "x'y'z", "''", '""', "a''b", "λ$F", "${F}λ",
  "$F_x", "${F}_x", "$F-x", "$F.x", '"$F\'s"', "'\"'", "\\'", '\\"', "`$P", "${P:?no}", "~", "a=b", "$P=$P",
];

describe.skipIf(missing)(`expanded alike${reason}`, () => {
  test("words", async () => {
    const labels = words.map((word, index) => `LABEL k${index}=${word}`);
    const text = `FROM scratch\n${Object.entries(values)
      .map(([name, value]) => `ENV ${name}=${JSON.stringify(value)}`)
      .join("\n")}\n${labels.join("\n")}\n`;
    writeFileSync(join(directory, "Dockerfile"), text);
    const built = await docker("build", "-q", ".");
    const id = built.stdout.trim();
    expect([id === "", built.stderr]).toEqual([false, expect.any(String)]);
    const { stdout } = await docker("inspect", "-f", "{{json .Config.Labels}}", id);
    await docker("rmi", id);
    expect(expandedLabels(text)).toEqual(JSON.parse(stdout) as Record<string, string>);
  });
});

function expandedLabels(text: string): Record<string, string> {
  const scope = new Scope(new Map(), new Map(), "\\");
  const labels: Record<string, string> = {};
  for (const written of readInstructions(parseDockerfile(text)).stages[0]?.instructions ?? []) {
    const { instruction } = expandInstruction(written, scope.lookup, "\\");
    if (instruction.kind === "env") for (const { name, value } of instruction.pairs) scope.set(name, value);
    if (instruction.kind === "label") for (const { name, value } of instruction.pairs) labels[name] = value;
  }
  return labels;
}
