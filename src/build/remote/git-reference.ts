import { EngineError } from "../../base/errors.ts";

/** A git repository, and what of it: `https://host/x.git#ref:directory`. */
export interface GitReference {
  url: string;
  /** A branch, tag, commit or `refs/…`; absent is the remote's HEAD. */
  ref?: string;
  /** Below the repository's root, without `..`. */
  directory?: string;
}

const scp = /^[\w.-]+@[\w.-]+:[^/]/;

/** Reads what names a git repository; undefined for anything else. Throws `invalid`. */
export function parseGitReference(text: string): GitReference | undefined {
  const [place = "", fragment = ""] = text.split(/#(.*)/s, 2);
  const url = repositoryUrl(place);
  if (url === undefined) return undefined;
  const [ref = "", directory = ""] = fragment.split(/:(.*)/s, 2);
  const names = directory.split("/").filter((name) => name !== "" && name !== ".");
  if (names.includes(".."))
    throw invalid(`invalid subdirectory ${JSON.stringify(directory)} of a git repository`);
  // What begins with a dash would be an option to git.
  if (!/^[\w@{}^~/.+-]*$/.test(ref) || ref.startsWith("-"))
    throw invalid(`invalid git ref ${JSON.stringify(ref)}`);
  return { url, ...(ref !== "" && { ref }), ...(names.length > 0 && { directory: names.join("/") }) };
}

function repositoryUrl(place: string): string | undefined {
  if (place.startsWith("github.com/")) return `https://${place}`;
  if (scp.test(place)) return place;
  if (/^(?:git|ssh):\/\/[^-]/.test(place)) return place;
  return /^https?:\/\/[^-].*\.git$/.test(place) ? place : undefined;
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
