/** One instruction of a `--change`: its name in upper case, and the rest of its line as written. */
export interface Change {
  name: string;
  rest: string;
}

/** Comments and blank lines are left out; a backslash at the end of a line joins the next one to it. */
export function changeLines(changes: readonly string[]): Change[] {
  return changes
    .join("\n")
    .split(/\r?\n/)
    .filter((line) => !/^\s*#/.test(line))
    .join("\n")
    .replace(/\\[ \t]*\n/g, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const [, name = "", rest = ""] = /^(\S+)\s*([^]*)$/.exec(line) ?? [];
      return { name: name.toUpperCase(), rest };
    });
}
