import { EngineError } from "../../base/errors.ts";
import type { Git } from "./git.ts";
import { isRepositoryUrl, type GitReference } from "./git-reference.ts";

/** A repository within another one. */
export interface Submodule {
  /** Where it belongs, below the repository's root. */
  path: string;
  reference: GitReference & { ref: string };
}

/** The submodules that a commit holds. `url` is its own repository's: others may be named from there. Throws `invalid`. */
export async function submodulesOf(git: Git, commit: string, url: string): Promise<Submodule[]> {
  const links = await linksOf(git, commit);
  if (links.size === 0) return [];
  const settings = await settingsOf(git, commit);
  return [...links].flatMap(([path, ref]) => {
    const setting = settings.find((each) => each.path === path);
    if (setting?.update === "none") return [];
    if (setting?.url === undefined) throw invalid(`No url found for submodule path '${path}' in .gitmodules`);
    return [{ path, reference: { url: resolved(setting.url, url, path), ref } }];
  });
}

/** By path: the commits that stand in the tree in place of directories. */
async function linksOf(git: Git, commit: string): Promise<Map<string, string>> {
  const listed = await git.text("ls-tree", "-r", "-z", "--full-tree", commit);
  const links = listed.split("\0").flatMap((line): [string, string][] => {
    const [, id, path] = /^160000 commit ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
    return id === undefined || path === undefined ? [] : [[path, id]];
  });
  return new Map(links);
}

type Setting = { path?: string; url?: string; update?: string };

async function settingsOf(git: Git, commit: string): Promise<Setting[]> {
  const blob = `${commit}:.gitmodules`;
  if ((await git.text("ls-tree", "-z", "--full-tree", commit, ".gitmodules")) === "") return [];
  const listed = await git.text("config", "--no-includes", "--blob", blob, "--null", "--list");
  const settings = new Map<string, Setting>();
  for (const line of listed.split("\0")) {
    const [, name, key, value] = /^submodule\.(.+)\.(path|url|update)\n(.*)$/s.exec(line) ?? [];
    if (name === undefined || key === undefined) continue;
    settings.set(name, { ...settings.get(name), [key]: value ?? "" });
  }
  return [...settings.values()];
}

/** `../other` stands beside the repository it is named in (gitmodules(5)). */
function resolved(written: string, parent: string, path: string): string {
  let [base, rest] = [parent.replace(/\/+$/, ""), written];
  if (/^\.\.?\//.test(written)) {
    for (let step = /^(\.\.?)\/+/.exec(rest); step !== null; step = /^(\.\.?)\/+/.exec(rest)) {
      rest = rest.slice(step[0].length);
      if (step[1] === "..") base = base.replace(/[/:][^/:]*$/, "");
    }
    rest = `${base}/${rest}`;
  }
  if (isRepositoryUrl(rest)) return rest;
  throw invalid(`the URL ${JSON.stringify(written)} of submodule path '${path}' is not allowed`);
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
