/** What a case's context holds: text of files, links (`-> target`), directories (a name that ends with a slash). Modes by name. */
export interface BuildCase {
  name: string;
  dockerfile: string;
  files?: Record<string, string | Uint8Array>;
  modes?: Record<string, number>;
  flags?: string[];
}

/** Stands for the name of the small image that both sides have. */
export const base = "BASE";

export const tree = {
  "a.txt": "a",
  "b.txt": "b",
  "sub/c.txt": "c",
  "sub/deep/d.txt": "d",
  "sub/deep/e.md": "e",
  link: "-> a.txt",
  dirlink: "-> sub",
  "empty/": "",
};

export const build = (
  name: string,
  lines: string[],
  more: Omit<BuildCase, "name" | "dockerfile"> = {},
): BuildCase => ({
  name,
  dockerfile: `${lines.join("\n")}\n`,
  ...more,
});
export const from = `FROM ${base}`;
export const withTree = { files: tree };
