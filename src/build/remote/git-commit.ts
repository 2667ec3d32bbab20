import { EngineError } from "../../base/errors.ts";
import type { Git } from "./git.ts";
import type { GitReference } from "./git-reference.ts";

/** What was fetched. */
export interface FetchedCommit {
  commit: string;
  /** What it is called: `refs/heads/main`; undefined for a commit that was asked for by its id. */
  name?: string;
  /** An annotated tag's own object. */
  tag?: string;
}

/** Fetches a commit into the repository: it alone, where the server gives it alone. Throws `invalid`. */
export async function fetchCommit(git: Git, reference: GitReference): Promise<FetchedCommit> {
  const fetched = (await fetchAlone(git, reference)) ?? (await fetchAll(git, reference));
  const { commit: wanted } = reference;
  const known = [fetched.commit, ...(fetched.tag === undefined ? [] : [fetched.tag])];
  if (wanted !== undefined && !known.some((id) => id.startsWith(wanted)))
    throw new EngineError("invalid", `expected checksum to match ${wanted}, got ${fetched.commit}`);
  return fetched;
}

const quiet = ["--quiet", "--no-recurse-submodules", "--no-write-commit-graph"];

async function fetchAlone(git: Git, { url, ref = "HEAD" }: GitReference): Promise<FetchedCommit | undefined> {
  try {
    await git.remote(url, "fetch", ...quiet, "--depth=1", "--no-tags", "--", url, ref);
    const [tip = ""] = (await git.text("rev-parse", "FETCH_HEAD")).split("\n");
    const commit = (await git.text("rev-parse", "FETCH_HEAD^{commit}")).trim();
    const name = ref === "HEAD" ? await defaultBranch(git, url) : await nameOf(git, ref);
    return { commit, ...(name !== undefined && { name }), ...(tip !== commit && { tag: tip }) };
  } catch (error) {
    if (error instanceof EngineError && error.kind === "unavailable") throw error;
    git.signal.throwIfAborted();
    // Perhaps a server that gives no single commits.
    return undefined;
  }
}

/** What FETCH_HEAD says of it: `… branch 'main' of …`. */
async function nameOf(git: Git, ref: string): Promise<string | undefined> {
  if (ref.startsWith("refs/")) return ref;
  const { readFileSync } = await import("node:fs");
  const [, kind, name] =
    /\t(branch|tag) '(.*)' of /.exec(readFileSync(`${git.directory}/FETCH_HEAD`, "utf8")) ?? [];
  return kind === undefined ? undefined : `refs/${kind === "tag" ? "tags" : "heads"}/${name}`;
}

async function defaultBranch(git: Git, url: string): Promise<string | undefined> {
  const listed = await git.remote(url, "ls-remote", "--symref", "--", url, "HEAD");
  return /^ref: (refs\/heads\/\S+)\tHEAD$/m.exec(listed)?.[1];
}

const headName = "refs/gantry/HEAD";

async function fetchAll(git: Git, { url, ref = "HEAD" }: GitReference): Promise<FetchedCommit> {
  const refs = ["+refs/heads/*:refs/heads/*", `+HEAD:${headName}`];
  await git.remote(url, "fetch", ...quiet, "--tags", "--", url, ...refs);
  const wanted = ref === "HEAD" ? headName : ref;
  const object = async (of: string) =>
    (await git.text("rev-parse", "--verify", "--quiet", "--end-of-options", of)).trim();
  const commit = await object(`${wanted}^{commit}`);
  const tip = await object(wanted);
  const name = (await git.text("rev-parse", "--symbolic-full-name", "--end-of-options", wanted))
    .trim()
    .split("\n")
    .at(-1);
  const isName = name?.startsWith("refs/") === true && name !== headName;
  return { commit, ...(isName && { name }), ...(tip !== commit && { tag: tip }) };
}
