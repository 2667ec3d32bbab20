import { lstatSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { packFiles } from "../../store/archive/pack-files.ts";
import type { Git } from "./git.ts";
import { withoutPasswords } from "./git.ts";
import type { FetchedCommit } from "./git-commit.ts";

/** What only was needed to fetch. */
const passing = ["FETCH_HEAD", "ORIG_HEAD", "known_hosts", "info", "branches", "hooks"];

/** The repository itself as `.git` beside its files, as a clone of that one commit would have it: a tar. */
export async function gitDirectory(
  git: Git,
  { commit, name, tag }: FetchedCommit,
  url: string,
): Promise<AsyncIterable<Uint8Array>> {
  await git.run("update-ref", "-d", "refs/gantry/HEAD");
  if (name !== undefined) await git.run("update-ref", name, tag ?? commit);
  await git.run("update-ref", "--no-deref", "HEAD", commit);
  // What stands in the index is what is beside it: nothing is changed.
  await git.run("read-tree", commit);
  for (const each of passing) rmSync(join(git.directory, each), { recursive: true, force: true });
  writeFileSync(join(git.directory, "config"), configuration(withoutPasswords(url)));
  const above = dirname(git.directory);
  const files = below(above, basename(git.directory)).map((path) => ({
    path,
    stats: lstatSync(join(above, path), { bigint: true }),
  }));
  return packFiles(above, files, []);
}

function configuration(url: string): string {
  return `[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = false
[remote "origin"]
\turl = ${JSON.stringify(url)}
\tfetch = +refs/heads/*:refs/remotes/origin/*
`;
}

/** A directory, and everything in it. */
function below(root: string, path: string): string[] {
  const inside = readdirSync(join(root, path), { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  return [
    path,
    ...inside.flatMap((entry) => {
      const place = `${path}/${entry.name}`;
      return entry.isDirectory() ? below(root, place) : [place];
    }),
  ];
}
