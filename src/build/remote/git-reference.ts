import { EngineError } from "../../base/errors.ts";
import { parseBool } from "../../spec/boolean.ts";

/** A git repository, and what of it: `https://host/x.git#ref:directory`, or `…x.git?ref=…&subdir=…`. */
export interface GitReference {
  url: string;
  /** A branch, tag, commit or `refs/…`; absent is the remote's HEAD. */
  ref?: string;
  /** Below the repository's root, without `..`. */
  directory?: string;
  /** Hex digits that the commit must begin with. */
  commit?: string;
  /** The repository itself comes along, as `.git`. */
  keepGitDir?: boolean;
  /** false leaves submodules out. */
  submodules?: boolean;
}

const scp = /^[\w.-]+@[\w.-]+:[^/]/;

/** Where the name stands: of a context `github.com/…` is a repository, too; in ADD it is a path. */
export type GitPlace = "context" | "add";

/** Reads what names a git repository; undefined for anything else. Throws `invalid` in BuildKit's words. */
export function parseGitReference(text: string, place: GitPlace = "context"): GitReference | undefined {
  const [whole = "", fragment = ""] = text.split(/#(.*)/s, 2);
  const [address = "", query] = whole.split(/\?(.*)/s, 2);
  const url = repositoryUrl(address, place);
  if (url === undefined) return undefined;
  const asked = query === undefined ? {} : fromQuery(new URLSearchParams(query));
  const [ref = asked.ref ?? "", directory = asked.directory ?? ""] = fromFragment(fragment, asked);
  return checked({ ...asked, url, ref, directory });
}

function repositoryUrl(address: string, place: GitPlace): string | undefined {
  if (address.startsWith("github.com/")) return place === "context" ? `https://${address}` : undefined;
  return isRepositoryUrl(address) && (!address.startsWith("http") || address.endsWith(".git"))
    ? address
    : undefined;
}

/** Whether git may be sent there: to other machines, and never to what looks like one of its options. */
export function isRepositoryUrl(url: string): boolean {
  return scp.test(url) || /^(?:git|ssh|https?):\/\/[^-]/.test(url);
}

/** Whether ssh takes the way to it. */
export function isOverSsh(url: string): boolean {
  return url.startsWith("ssh://") || scp.test(url);
}

type Asked = Omit<GitReference, "url">;

/** Of BuildKit's Dockerfile frontend since 1.18. */
function fromQuery(query: URLSearchParams): Asked {
  const values = new Map<string, string>();
  for (const [name, value] of query) {
    if (!queries.has(name) && !switches.has(name)) throw invalid(`unexpected query ${JSON.stringify(name)}`);
    if (values.has(name)) throw invalid(`query ${JSON.stringify(name)} has multiple values`);
    if (value === "" && !switches.has(name)) throw invalid(`query ${JSON.stringify(name)} has no value`);
    values.set(name, value);
  }
  const { ref, tag, branch, checksum, commit = checksum, subdir } = Object.fromEntries(values);
  if (tag && branch) throw invalid("branch conflicts with tag");
  const named = tag ? `refs/tags/${tag}` : branch ? `refs/heads/${branch}` : undefined;
  if (ref && named) throw invalid(`ref conflicts: ${JSON.stringify(ref)} vs ${JSON.stringify(named)}`);
  const keepGitDir = switchOf(values, "keep-git-dir");
  const submodules = switchOf(values, "submodules");
  return {
    ...optional("ref", ref || named || commit),
    ...optional("directory", subdir),
    ...optional("commit", commit),
    ...(keepGitDir !== undefined && { keepGitDir }),
    ...(submodules !== undefined && { submodules }),
  };
}

const queries = new Set(["ref", "tag", "branch", "commit", "checksum", "subdir"]);

const switches = new Set(["keep-git-dir", "submodules"]);

function switchOf(values: ReadonlyMap<string, string>, name: string): boolean | undefined {
  const text = values.get(name);
  if (text === undefined) return undefined;
  const value = text === "" ? true : parseBool(text);
  if (value === undefined) throw invalid(`invalid ${name} value: ${JSON.stringify(text)}`);
  return value;
}

/** `ref:directory`. */
function fromFragment(
  fragment: string,
  asked: Asked,
): [ref: string | undefined, directory: string | undefined] {
  const [ref = "", directory = ""] = fragment.split(/:(.*)/s, 2);
  if (ref !== "" && asked.ref !== undefined && ref !== asked.ref)
    throw invalid(`ref conflicts: ${JSON.stringify(ref)} vs ${JSON.stringify(asked.ref)}`);
  if (directory !== "" && asked.directory !== undefined && directory !== asked.directory)
    throw invalid(`subdir conflicts: ${JSON.stringify(directory)} vs ${JSON.stringify(asked.directory)}`);
  return [ref || undefined, directory || undefined];
}

function checked({ ref = "", directory = "", commit, ...rest }: GitReference): GitReference {
  const names = directory.split("/").filter((name) => name !== "" && name !== ".");
  if (names.includes(".."))
    throw invalid(`invalid subdirectory ${JSON.stringify(directory)} of a git repository`);
  // What begins with a dash would be an option to git.
  if (!/^[\w@{}^~/.+-]*$/.test(ref) || ref.startsWith("-"))
    throw invalid(`invalid git ref ${JSON.stringify(ref)}`);
  return {
    ...rest,
    ...optional("ref", ref),
    ...optional("directory", names.join("/")),
    ...(commit !== undefined && { commit: commitId(commit) }),
  };
}

/** A commit's id, or the beginning of one. Throws `invalid`. */
export function commitId(text: string): string {
  if (/^[0-9a-f]{4,64}$/.test(text)) return text;
  throw invalid(`invalid checksum ${text} for Git URL, expected hex commit hash`);
}

function optional<Name extends string>(name: Name, value: string | undefined): { [name in Name]?: string } {
  return (value === undefined || value === "" ? {} : { [name]: value }) as { [name in Name]?: string };
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
