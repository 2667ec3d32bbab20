import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DockerfileError } from "./dockerfile-error.ts";
import { heredocText } from "./heredoc.ts";
import type { Node } from "./node.ts";
import { parseDockerfile } from "./parse-dockerfile.ts";

const root = join(import.meta.dirname, "../../..");
const shared = process.env.GANTRY_SHARED ?? join(root, "..", "shared");
const vectors = join(shared, "vectors", "dockerfile-parse");
const cases = existsSync(vectors) ? readdirSync(vectors) : [];

describe.skipIf(cases.length === 0)("published parses (skipped without ../shared/vectors)", () => {
  for (const name of cases) {
    test(name, () => {
      const text = readFileSync(join(vectors, name, "Dockerfile"), "utf8");
      const expected = readFileSync(join(vectors, name, "result"), "utf8");
      expect(parseDockerfile(text).nodes.map((node) => `(${dump(node)})`)).toEqual(
        expected.trim().split("\n"),
      );
    });
  }
});

/** As the published results are written: keyword, flags, quoted words. */
function dump(node: Node): string {
  const flags = node.flags.length === 0 ? [] : [`[${node.flags.map(quote).join(" ")}]`];
  const words = node.trigger ? [`(${dump(node.trigger)})`] : node.words.map(quote);
  return [node.instruction, ...flags, ...words].join(" ");
}

/** As Go quotes: NUL is \x00. */
function quote(word: string): string {
  return JSON.stringify(word).replaceAll("\\u0000", "\\x00");
}

function only(text: string): Node {
  const [node, ...others] = parseDockerfile(text).nodes;
  expect(others).toEqual([]);
  if (node === undefined) throw new Error("no instruction");
  return node;
}

function failure(text: string): DockerfileError {
  try {
    parseDockerfile(text);
  } catch (error) {
    if (error instanceof DockerfileError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

test("lines are counted over continuations, comments and empty lines", () => {
  const { nodes, emptyContinuations } = parseDockerfile(
    "# top\nFROM a\n\nRUN one \\\n  # between\n\n  two\nCMD x\n",
  );
  expect(nodes.map(({ range }) => [range.startLine, range.endLine])).toEqual([
    [2, 2],
    [4, 7],
    [8, 8],
  ]);
  expect(nodes[1]?.words).toEqual(["one   two"]);
  expect(emptyContinuations).toEqual([{ startLine: 7, endLine: 7 }]);
});

test("a byte order mark and carriage returns are not read", () => {
  const { nodes } = parseDockerfile("\uFEFFFROM a\r\nRUN b \\\r\n  c\r\n");
  expect(nodes.map(({ words }) => words)).toEqual([["a"], ["b   c"]]);
});

describe("heredocs", () => {
  test("feed RUN with their text as written", () => {
    const node = only("RUN <<EOF\necho a\n  echo $b\nEOF\n");
    expect(node.words).toEqual(["<<EOF"]);
    expect(node.heredocs).toEqual([
      { name: "EOF", content: "echo a\n  echo $b\n", expand: true, chomp: false, fileDescriptor: 0 },
    ]);
    expect(node.range).toEqual({ startLine: 1, endLine: 4 });
  });

  test("several on a line follow each other", () => {
    const { heredocs } = only("COPY <<a <<'b' /x/\n1\na\n2\nb\n");
    expect(heredocs.map(({ name, content, expand }) => [name, content, expand])).toEqual([
      ["a", "1\n", true],
      ["b", "2\n", false],
    ]);
  });

  test("lose leading tabs with a dash", () => {
    const [heredoc] = only("RUN 3<<-EOF cat\n\t\ta\n\t b\n\tEOF\n").heredocs;
    expect(heredoc).toMatchObject({ content: "\t\ta\n\t b\n", chomp: true, fileDescriptor: 3 });
    expect(heredoc && heredocText(heredoc)).toBe("a\n b\n");
  });

  test("belong to the trigger of ONBUILD", () => {
    expect(only("ONBUILD RUN <<E\nx\nE\n").trigger?.heredocs[0]?.content).toBe("x\n");
  });

  test("are words elsewhere", () => {
    expect(parseDockerfile('FROM a\nCMD cat <<EOF\nRUN ["cat", "<<EOF"]\n').nodes).toHaveLength(3);
  });

  test("that do not end are refused", () => {
    const error = failure("FROM a\nRUN <<EOF\nx\n");
    expect([error.message, error.ranges]).toEqual(["unterminated heredoc", [{ startLine: 2, endLine: 3 }]]);
  });
});

describe("directives", () => {
  test("are read on top only", () => {
    const { directives } = parseDockerfile(
      "# syntax=docker/dockerfile:1\n#check=skip=all\n# escape=`\nFROM a\n",
    );
    expect(directives).toEqual({ syntax: "docker/dockerfile:1", check: "skip=all", escape: "`" });
    expect(parseDockerfile("# a comment\n# escape=`\nFROM a").directives).toEqual({ escape: "\\" });
  });

  test("stand once, and the escape character is one of two", () => {
    expect(failure("# escape=`\n# escape=`\nFROM a").message).toBe(
      "only one escape parser directive can be used",
    );
    expect(failure("# escape=x\nFROM a").message).toBe("invalid escape token 'x' does not match ` or \\");
  });
});

test("what cannot be taken apart is refused with its lines", () => {
  expect(failure("FROM a\nENV x").message).toBe("ENV must have two arguments");
  expect(failure("FROM a\nENV a=b c").message).toBe(
    `Syntax error - can't find = in "c". Must be of the form: name=value`,
  );
  expect(failure('FROM a\nCMD ["a", 1]').message).toBe(
    "when using JSON array syntax, arrays must be comprised of strings only",
  );
  expect(failure("# nothing\n").message).toBe("file with no instructions");
  expect(failure("FROM a\n\nLABEL x \\\n").ranges).toEqual([{ startLine: 3, endLine: 3 }]);
});
