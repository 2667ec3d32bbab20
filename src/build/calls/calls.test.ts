import { expect, test } from "bun:test";
import { parseDockerfile } from "../dockerfile/parse-dockerfile.ts";
import { ignoreMatcher } from "../../spec/ignore-pattern.ts";
import { predefinedArguments } from "../instructions/predefined-args.ts";
import { readInstructions } from "../instructions/read-instructions.ts";
import { checkAnswer, checkDockerfile } from "./check.ts";
import { outlineAnswer } from "./outline.ts";
import { targetsAnswer } from "./targets.ts";

const host = { os: "linux", architecture: "amd64" };
const predefined = predefinedArguments(host, host, "");
const inputs = { given: new Map<string, string>(), predefined, baseEnvironment: () => ["PATH=/bin"] };

function found(text: string): string[] {
  const { warnings } = checkAnswer(checkDockerfile(text, inputs).warnings, "Dockerfile", text);
  return (warnings ?? []).map(({ detail, location }) => `${location.ranges[0]?.start.line} ${detail}`);
}

function checked(line: string) {
  return checkDockerfile(`# check=${line}\nFROM base\nCMD a\n`, inputs);
}

/** What is found in a file that turns its checks off, with this build argument. */
function asked(value: string): string[] {
  const given = new Map([["BUILDKIT_DOCKERFILE_CHECK", value]]);
  return checkDockerfile("# check=skip=all\nFROM base\nCMD a\n", { ...inputs, given }).warnings.map(
    ({ rule }) => rule,
  );
}

function at(line: number) {
  return { ranges: [{ start: { line }, end: { line } }] };
}

// The findings, words and lines of these two are those of dockerd 28 with BuildKit.
test("every rule finds what BuildKit finds", () => {
  const text = `FROM base AS Foo
ENV A 1
LABEL b c
CMD ["a"] foo
ENTRYPOINT echo x
ENV PASSWORD=x
ARG MY_TOKEN
WORKDIR rel/x
COPY a $b/
COPY a \${nox}/
CMD a
from base as foo
ARG PASSWORD=d
FROM --platform=linux/amd64 foo as baz
FROM --platform=$TARGETPLATFORM base as scratch
EXPOSE 80:80 80/TCP 127.0.0.1:80:80
HEALTHCHECK CMD a
HEALTHCHECK NONE
MAINTAINER foo
ARG X
FROM \${X:-base}
RUN ls $NOX
COPY . $NOX
ENV FOO=$FOX
SHELL ["a"]
CMD foo
`;
  const os = "JSON arguments recommended for";
  expect(found(text).sort()).toEqual(
    [
      "1 Stage name 'Foo' should be lowercase",
      '2 "ENV key=value" should be used instead of legacy "ENV key value" format',
      '3 "LABEL key=value" should be used instead of legacy "LABEL key value" format',
      "4 Multiple CMD instructions should not be used in the same stage because only the last one will be used",
      `4 ${os} CMD to prevent unintended behavior related to OS signals`,
      `5 ${os} ENTRYPOINT to prevent unintended behavior related to OS signals`,
      '6 Do not use ARG or ENV instructions for sensitive data (ENV "PASSWORD")',
      '7 Do not use ARG or ENV instructions for sensitive data (ARG "MY_TOKEN")',
      '8 Relative workdir "rel/x" can have unexpected results if the base image changes',
      "9 Usage of undefined variable '$b' (did you mean $A?)",
      "10 Usage of undefined variable '$nox'",
      `11 ${os} CMD to prevent unintended behavior related to OS signals`,
      "12 Command 'from' should match the case of the command majority (uppercase)",
      '12 Duplicate stage name "foo", stage names should be unique',
      '13 Do not use ARG or ENV instructions for sensitive data (ARG "PASSWORD")',
      '14 FROM --platform flag should not use constant value "linux/amd64"',
      "14 'as' and 'FROM' keywords' casing do not match",
      '15 Stage name should not use the same name as reserved stage "scratch"',
      "15 'as' and 'FROM' keywords' casing do not match",
      "15 Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior",
      "16 EXPOSE instruction should not define an IP address or host-port mapping, found '127.0.0.1:80:80'",
      "16 Defined protocol '80/TCP' in EXPOSE instruction should be lowercase",
      "16 EXPOSE instruction should not define an IP address or host-port mapping, found '80:80'",
      "17 Multiple HEALTHCHECK instructions should not be used in the same stage because only the last one will be used",
      "19 Maintainer instruction is deprecated in favor of using label",
      "21 FROM argument 'X' is not declared",
      "23 Usage of undefined variable '$NOX'",
      "24 Usage of undefined variable '$FOX'",
    ].sort(),
  );
});

test("values decide what BuildKit lets them decide", () => {
  const text = `ARG BASE=base
ARG UNSET
FROM $BASE AS one
ARG D
ENV A=\${D-unset} B=\${NOPE:-x} C=\${NOPE2+x} D2=\${NOPE3#x}
LABEL x=$PATH y=$HOME
ENV APIKEY=1 PUBLIC_KEY=2 MY_AUTH_X=3 TOKENS=1
WORKDIR /a
WORKDIR b
FROM one
WORKDIR c
CMD ["a"]
SHELL ["x"]
CMD foo
ENTRYPOINT b
EXPOSE 80/TCP $NOPORT 80:80/udp 53/udp
USER $NOUSER
ADD $Z /x
RUN --mount=type=cache,target=/$MNT x
COPY --chown=$CH a b
`;
  expect(found(text)).toEqual([
    "5 Usage of undefined variable '$NOPE'",
    "5 Usage of undefined variable '$NOPE2'",
    "5 Usage of undefined variable '$NOPE3'",
    "6 Usage of undefined variable '$HOME'",
    '7 Do not use ARG or ENV instructions for sensitive data (ENV "APIKEY")',
    '7 Do not use ARG or ENV instructions for sensitive data (ENV "MY_AUTH_X")',
    "12 Multiple CMD instructions should not be used in the same stage because only the last one will be used",
    "16 Defined protocol '80/TCP' in EXPOSE instruction should be lowercase",
    "16 EXPOSE instruction should not define an IP address or host-port mapping, found '80:80/udp'",
    "17 Usage of undefined variable '$NOUSER'",
    "18 Usage of undefined variable '$Z' (did you mean $A?)",
    "19 Usage of undefined variable '$MNT'",
    "20 Usage of undefined variable '$CH' (did you mean $C?)",
  ]);
});

test("defaults that make no image name are found", () => {
  expect(found("ARG DEF\nARG EMPTY=\nFROM $DEF\nFROM x:$EMPTY\nFROM ${FOO:-y}\n")).toEqual([
    "3 Default value for ARG $DEF results in empty or invalid base image name",
    "4 Default value for ARG x:$EMPTY results in empty or invalid base image name",
    "5 FROM argument 'FOO' is not declared",
  ]);
});

test("of variables of an unknown base nothing is said", () => {
  const unknown = { ...inputs, baseEnvironment: () => undefined };
  expect(checkDockerfile("FROM base\nENV A=$LANG\n", unknown).warnings).toEqual([]);
});

test("findings can be errors, or none", () => {
  expect(checked("error=true")).toMatchObject({
    config: { error: true },
    warnings: [{ rule: "JSONArgsRecommended" }],
  });
  expect(checked("skip=JSONArgsRecommended").warnings).toEqual([]);
  expect(() => checked("eror=true")).toThrow('invalid check option "eror"');
});

const outlined = `ARG A=1
ARG UNUSED
# two is the second
FROM base AS one
ARG A
RUN --mount=type=cache,target=/c,id=cc --mount=type=secret,id=r,required --mount=type=ssh true
FROM scratch
# two is what is wanted
FROM --platform=linux/amd64 one AS two
# B says so
ARG B=$A
`;

test("an outline names what a target takes, from the stages it stands on, too", () => {
  const file = readInstructions(parseDockerfile(outlined));
  const outline = outlineAnswer(file, { ...inputs, target: "", text: outlined });
  expect(outline).toMatchObject({
    name: "two",
    description: "is what is wanted",
    args: [
      { name: "A", value: "1", location: at(1) },
      { name: "B", value: "1", description: "says so", location: at(11) },
    ],
    secrets: [{ name: "r", required: true, location: at(6) }],
    ssh: [{ name: "default", location: at(6) }],
  });
  expect(() => outlineAnswer(file, { ...inputs, target: "tow", text: outlined })).toThrow(
    'target stage "tow" could not be found (did you mean two?)',
  );
});

test("targets are the stages", () => {
  const { targets } = targetsAnswer(readInstructions(parseDockerfile(outlined)), outlined);
  expect(targets).toMatchObject([
    { name: "one", base: "base" },
    { base: "scratch" },
    { name: "two", default: true, description: "is what is wanted", base: "one", platform: "linux/amd64" },
  ]);
});

test("a build argument stands in for the file's own check line", () => {
  expect(asked("skip=Other")).toEqual(["JSONArgsRecommended"]);
  expect(asked("skip=all")).toEqual([]);
  expect(() => asked("foo=1")).toThrow(
    'failed to parse build-arg:BUILDKIT_DOCKERFILE_CHECK: invalid check option "foo"',
  );
});

test("sources that the ignore file leaves out are found where it is asked for, as they are written", () => {
  const text = "FROM base\nCOPY a.txt ./a.txt b /x/\nADD sub/c /y\nCOPY --from=base a.txt /z\n";
  const matcher = ignoreMatcher(["a.txt", "sub"]);
  const ignored = (path: string) => matcher.excludes(path);
  const sources = (head: string) =>
    checkDockerfile(head + text, { ...inputs, ignored }).warnings.map(({ detail }) => detail);
  expect(sources("")).toEqual([]);
  expect(sources("# check=experimental=CopyIgnoredFile\n")).toEqual([
    'Attempting to Copy file "a.txt" that is excluded by .dockerignore',
    'Attempting to Add file "sub/c" that is excluded by .dockerignore',
  ]);
});

test("a base image for other machines is found, whatever platform is asked for", () => {
  const text = "FROM base\nFROM --platform=$P base AS two\nFROM two\nFROM scratch\n";
  const warnings = (expected: string) =>
    checkDockerfile(`ARG P=${expected}\n${text}`, {
      ...inputs,
      platform: host,
      basePlatform: () => ({ os: "linux", architecture: "arm64", variant: "v8" }),
    }).warnings.map(({ detail }) => detail);
  const first =
    'Base image base was pulled with platform "linux/arm64", expected "linux/amd64" for current build';
  expect(warnings("linux/arm64")).toEqual([first]);
  expect(warnings("linux/amd64")).toEqual([first, first]);
});

test("a constant platform is right for a stage whose name says so", () => {
  const names = ["build-arm64", "linux-tools", "plain"];
  const text = names.map((name) => `FROM --platform=linux/arm64 base AS ${name}\n`).join("");
  const { warnings } = checkDockerfile(text, inputs);
  expect(warnings.map(({ ranges }) => ranges[0]?.startLine)).toEqual([3]);
});

// The words are those of dockerd 28 with BuildKit.
test.each([
  ["EXPOSE abc", "invalid containerPort: abc"],
  ["STOPSIGNAL FOO", "invalid signal: FOO"],
  ["ADD --checksum=sha256:x a b", "checksum requires HTTP(S) or Git sources"],
  [
    "COPY --chmod=999 a b",
    "invalid chmod parameter: '999'. it should be octal string and between 0 and 07777",
  ],
  ["COPY --from=a x y", "circular dependency detected on stage: a"],
  ["COPY --from=7 x y", "invalid stage index 7"],
  [
    "FROM --platform=foo base",
    'failed to parse platform foo: "foo": unknown operating system or architecture: invalid argument',
  ],
  ["FROM a:b:c", 'failed to parse stage name "a:b:c": invalid reference format'],
])("a check finds what only a build would: %s", (line, message) => {
  const text = `FROM base AS a\n${line}\n`;
  const checking = () => checkDockerfile(text, { ...inputs, checksValues: true });
  expect(checking).toThrow(message);
  expect(() =>
    checkDockerfile(text.replace(line, "RUN true"), { ...inputs, checksValues: true }),
  ).not.toThrow();
});
