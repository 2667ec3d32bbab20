import { describe, expect, test } from "bun:test";
import { DockerfileError } from "../dockerfile/dockerfile-error.ts";
import { parseDockerfile } from "../dockerfile/parse-dockerfile.ts";
import { expandInstruction } from "./expand-instruction.ts";
import type { Dockerfile, Instruction } from "./instruction.ts";
import { readInstructions, readTrigger } from "./read-instructions.ts";
import { runProgram } from "./run-program.ts";
import { globalArguments, Scope } from "./scope.ts";

function read(text: string): Dockerfile {
  return readInstructions(parseDockerfile(text));
}

function only(line: string): Instruction {
  const [instruction] = read(`FROM a\n${line}\n`).stages[0]?.instructions ?? [];
  if (instruction === undefined) throw new Error("no instruction");
  return instruction;
}

function failure(text: string): DockerfileError {
  try {
    read(text);
  } catch (error) {
    if (error instanceof DockerfileError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

function program(line: string): unknown {
  const run = only(line);
  if (run.kind !== "run") throw new Error("not RUN");
  return runProgram(run);
}

function expandLine(line: string, values: Record<string, string>) {
  return expandInstruction(only(line), (name) => values[name], "\\");
}

function page(name: string): string {
  return `https://docs.docker.com/go/dockerfile/rule/${name}/`;
}

// biome-ignore format: a table. As dockerd 28 with BuildKit answers.
const refused: [line: string, message: string][] = [
  ["FROM", "FROM requires either one or three arguments"],
  ["FROM a b c", "FROM requires either one or three arguments"],
  ["FROM a as 9a", `invalid name for build stage: "9a", name can't start with a number or contain symbols`],
  ["FROM --platfrm=foo a", "unknown flag: --platfrm (did you mean platform?)"],
  ["FRUM x", "unknown instruction: FRUM (did you mean FROM?)"],
  ["b", "unknown instruction: b"],
  ["COPY a", "COPY requires at least two arguments, but only one was provided. Destination could not be determined"],
  ["COPY --chwn=1 a b", "unknown flag: --chwn (did you mean chown?)"],
  ["COPY --link=foo a b", "expecting boolean value for flag --link, not: foo"],
  ["COPY --chown a b", "missing a value on flag: --chown"],
  ["COPY --chown=1 --chown=2 a b", "duplicate flag specified: --chown"],
  ["COPY a <<EOF\nEOF", "COPY cannot accept a heredoc as a destination"],
  ["RUN --network=foo a", `invalid network mode "foo"`],
  ["RUN --mount=from=$x,target=/a a", "'from' doesn't support variable expansion, define alias stage instead"],
  ["HEALTHCHECK FOO a", `Unknown type "FOO" in HEALTHCHECK (try CMD)`],
  ["HEALTHCHECK --interval=x CMD a", `time: invalid duration "x"`],
  ["HEALTHCHECK --interval=0.1ms CMD a", `Interval "interval" cannot be less than 1ms`],
  ["HEALTHCHECK --retries=-1 CMD a", "--retries cannot be negative (-1)"],
  ["HEALTHCHECK --retries=x CMD a", `strconv.ParseInt: parsing "x": invalid syntax`],
  ["HEALTHCHECK NONE a", "HEALTHCHECK NONE takes no arguments"],
  ["HEALTHCHECK CMD", "Missing command after HEALTHCHECK CMD"],
  ["HEALTHCHECK", "HEALTHCHECK requires at least one argument"],
  ["ONBUILD FROM a", "FROM isn't allowed as an ONBUILD trigger"],
  ["ONBUILD ONBUILD RUN a", "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"],
  ["ONBUILD", "ONBUILD requires at least one argument"],
  ["STOPSIGNAL", "STOPSIGNAL requires exactly one argument"],
  ["SHELL a", "SHELL requires the arguments to be in JSON form"],
  ["SHELL []", "SHELL requires at least one argument"],
  ["USER", "USER requires exactly one argument"],
  ["EXPOSE", "EXPOSE requires at least one argument"],
  ["VOLUME", "VOLUME requires at least one argument"],
  [`VOLUME [""]`, "VOLUME specified can not be an empty string"],
  ["ARG", "ARG requires at least one argument"],
  ["ARG =a", "ARG names can not be blank"],
  ["ENV =a", "ENV names can not be blank"],
  ["LABEL", "LABEL requires at least one argument"],
  ["WORKDIR", "WORKDIR requires exactly one argument"],
  ["MAINTAINER", "MAINTAINER requires exactly one argument"],
  ["CMD --x=1 a", "unknown flag: --x"],
];

describe("refused with line and word", () => {
  for (const [line, message] of refused) {
    test(line, () => {
      const error = failure(`FROM a\n${line}\n`);
      expect(error.message).toBe(`dockerfile parse error on line 2: ${message}`);
      expect(error.ranges[0]?.startLine).toBe(2);
    });
  }

  test("what stands in no stage", () => {
    expect(failure("RUN a").message).toBe("no build stage in current context");
    expect(failure("ARG A").message).toBe("dockerfile contains no stages to build");
  });
});

describe("stages", () => {
  test("have names, platforms, descriptions and their instructions", () => {
    const { metaArgs, stages } = read(
      "ARG V=1\n# build compiles\nFROM --platform=$BUILDPLATFORM a:$V AS build\nRUN x\nFROM scratch\nCOPY --from=build /a /b\n",
    );
    expect(metaArgs.flatMap(({ args }) => args)).toEqual([{ name: "V", value: "1" }]);
    expect(stages).toMatchObject([
      { name: "build", base: "a:$V", platform: "$BUILDPLATFORM", description: "compiles" },
      {
        base: "scratch",
        instructions: [{ kind: "copy", from: "build", sources: ["/a"], destination: "/b" }],
      },
    ]);
  });
});

describe("instructions", () => {
  test("COPY and ADD take every flag", () => {
    expect(
      only("COPY --from=x --chown=1:2 --chmod=755 --link --parents --exclude=*.o --exclude=b a c/"),
    ).toMatchObject({
      from: "x",
      chown: "1:2",
      chmod: "755",
      link: true,
      parents: true,
      excludes: ["*.o", "b"],
      sources: ["a"],
      destination: "c/",
    });
    expect(
      only("ADD --checksum=sha256:0 --keep-git-dir=false --unpack --link=false https://x /y"),
    ).toMatchObject({
      checksum: "sha256:0",
      keepGitDir: false,
      unpack: true,
      link: false,
    });
  });

  test("COPY takes files written in place", () => {
    expect(only("COPY <<-one <<'two' x /d/\n\ta\n\tone\n$b\ntwo\n")).toMatchObject({
      sources: ["x"],
      inlineFiles: [
        { name: "one", content: "a\n", expand: true },
        { name: "two", content: "$b\n", expand: false },
      ],
    });
  });

  test("HEALTHCHECK keeps its times in nanoseconds", () => {
    expect(only('HEALTHCHECK --interval=5s --retries=3 --start-interval=1ms CMD ["a", "b"]')).toMatchObject({
      test: ["CMD", "a", "b"],
      intervalNs: 5e9,
      startIntervalNs: 1e6,
      retries: 3,
    });
    expect(only("HEALTHCHECK CMD a b")).toMatchObject({ test: ["CMD-SHELL", "a b"] });
    expect(only("HEALTHCHECK none")).toMatchObject({ test: ["NONE"] });
  });

  test("ONBUILD keeps the trigger as written, heredocs too", () => {
    expect(only("ONBUILD RUN <<EOF\nx\nEOF\n")).toMatchObject({ expression: "RUN <<EOF\nx\nEOF" });
    expect(readTrigger("COPY . /src")).toMatchObject({ kind: "copy", sources: ["."], destination: "/src" });
  });

  test("the command of an exec form is its words, of a shell form its line", () => {
    expect(only('CMD ["a", "b"]')).toMatchObject({ command: { form: "exec", words: ["a", "b"] } });
    expect(only("ENTRYPOINT a  b")).toMatchObject({ command: { form: "shell", words: ["a  b"] } });
    expect(only("CMD")).toMatchObject({ command: { form: "shell", words: [""] } });
  });
});

describe("what RUN runs", () => {
  test("is a line, a list, a heredoc's text or a script of its own", () => {
    expect(program("RUN a b")).toEqual({ kind: "shell", line: "a b" });
    expect(program('RUN ["a"]')).toEqual({ kind: "exec", words: ["a"] });
    expect(program("RUN <<E\na\nb\nE\n")).toEqual({ kind: "shell", line: "a\nb\n" });
    expect(program("RUN <<-E\n\t#!/bin/x\n\ta\nE\n")).toEqual({
      kind: "script",
      name: "E",
      content: "#!/bin/x\na\n",
    });
    expect(program("RUN cat <<A - <<B\na\nA\nb\nB\n")).toEqual({
      kind: "shell",
      line: "cat <<A - <<B\na\nA\nb\nB",
    });
  });
});

describe("expansion", () => {
  test("reaches the words the language says, and no others", () => {
    const values = { A: "x y", B: "b" };
    expect(expandLine('COPY --chown=$B "$A" <<E $B/\n"$B"\nE\n', values).instruction).toMatchObject({
      chown: "b",
      sources: ["x y"],
      destination: "b/",
      inlineFiles: [{ content: '"b"\n' }],
    });
    expect(expandLine("EXPOSE $A 80", values).instruction).toMatchObject({ ports: ["x", "y", "80"] });
    expect(expandLine("ENV $B=\"$A\" c='$A'", values).instruction).toMatchObject({
      pairs: [
        { name: "b", value: "x y" },
        { name: "c", value: "$A" },
      ],
    });
    expect(expandLine("CMD $A", values).instruction).toMatchObject({ command: { words: ["$A"] } });
  });

  test("tells what was not set", () => {
    expect([...expandLine("WORKDIR /$A/$B", { A: "a" }).unset]).toEqual(["B"]);
  });

  test("reads mounts", () => {
    const { instruction } = expandLine(
      "RUN --mount=type=cache,id=c,target=/c,sharing=locked,uid=$U,mode=0755 --mount=target=/b,from=x,rw --mount=type=secret,id=s,env=S --mount=type=secret,id=d/t --mount=type=ssh,required --mount=type=tmpfs,target=/t,size=1m x",
      { U: "5" },
    );
    expect(instruction).toMatchObject({
      mounts: [
        { type: "cache", id: "c", target: "/c", sharing: "locked", uid: 5, mode: 0o755, readOnly: false },
        { type: "bind", target: "/b", from: "x", readOnly: false },
        { type: "secret", id: "s", env: "S", required: false },
        { type: "secret", id: "d/t", target: "/run/secrets/t" },
        { type: "ssh", id: "default", required: true },
        { type: "tmpfs", target: "/t", sizeBytes: 1 << 20 },
      ],
    });
  });

  // biome-ignore format: a table
  const mounts: [flags: string, message: string][] = [
    ["type=bnd", `unsupported mount type "bnd" (did you mean bind?)`],
    ["tpe=bind", "unexpected key 'tpe' in 'tpe=bind' (did you mean type?)"],
    ["type=tmpfs,target=/a,size=foo", "invalid value for size: foo"],
    ["type=bind,foo", "invalid field 'foo' must be a key=value pair"],
    ["type=secret", "invalid secret mount. one of source, target required"],
    ["type=cache,target=/a,sharing=lockd", `unsupported sharing value "lockd" (did you mean locked?)`],
    ["type=bind,target=/a,required", "unexpected key 'required' for mount type 'bind'"],
    ["type=bind,target=/a,uid=1", `uid not allowed for "bind" type mounts`],
    ["type=cache,target=/a,mode=9", "invalid value 9 for mode"],
  ];
  for (const [flags, message] of mounts) {
    test(`refuses --mount=${flags}`, () => {
      expect(() => expandLine(`RUN --mount=${flags} x`, {})).toThrow(message);
    });
  }
});

describe("arguments", () => {
  test("of the whole file are seen by FROM and inherited by name, in order", () => {
    const file = read(
      "ARG G=global\nARG H=${G}2 I=x${H}\nFROM a\nARG G\nARG D\nENV G=env\nARG G=arg\nARG T\n",
    );
    const given = new Map([["T", "given"]]);
    const globals = globalArguments(file, given, new Map([["TARGETARCH", "arm64"]]));
    expect(Object.fromEntries(globals)).toEqual({
      TARGETARCH: "arm64",
      G: "global",
      H: "global2",
      I: "xglobal2",
    });
    const scope = new Scope(given, globals, "\\");
    const seen: (string | undefined)[] = [];
    for (const instruction of file.stages[0]?.instructions ?? []) {
      if (instruction.kind === "arg") scope.declare(instruction);
      if (instruction.kind === "env") for (const { name, value } of instruction.pairs) scope.set(name, value);
      seen.push(scope.lookup("G"));
    }
    expect(seen).toEqual(["global", "global", "env", "arg", "arg"]);
    expect(scope.declared()).toEqual([
      { name: "G", value: "arg" },
      { name: "D", value: "" },
      { name: "T", value: "given" },
    ]);
  });
});

test("checks speak BuildKit's words and can be switched off", () => {
  const text = "from scratch AS Foo\nENV A 1\nMAINTAINER x\nRUN a \\\n\n b\n";
  const found = read(text).warnings.map(({ rule, detail, url }) => [rule, detail, url]);
  expect(found).toEqual([
    ["NoEmptyContinuation", "Empty continuation line", page("no-empty-continuation")],
    ["StageNameCasing", "Stage name 'Foo' should be lowercase", page("stage-name-casing")],
    ["FromAsCasing", "'AS' and 'from' keywords' casing do not match", page("from-as-casing")],
    [
      "MaintainerDeprecated",
      "Maintainer instruction is deprecated in favor of using label",
      page("maintainer-deprecated"),
    ],
    [
      "ConsistentInstructionCasing",
      "Command 'from' should match the case of the command majority (uppercase)",
      page("consistent-instruction-casing"),
    ],
  ]);
  expect(read(`# check=skip=all\n${text}`).warnings).toEqual([]);
  expect(read(`# check=skip=StageNameCasing, FromAsCasing;error=true\n${text}`).warnings).toHaveLength(3);
});
