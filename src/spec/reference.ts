// Image references. Grammar: OCI distribution spec and github.com/distribution/reference; messages are Docker's.
import { EngineError } from "../base/errors.ts";
import { type Digest, isDigest } from "./digest.ts";

/** An image name in full: `docker.io/library/ubuntu:24.04` has domain `docker.io` and path `library/ubuntu`. */
export interface Reference {
  domain: string;
  /** The repository inside the domain. */
  path: string;
  tag?: string;
  digest?: Digest;
}

/** What the grammar alone finds, before a default domain is filled in. */
export interface RawReference {
  /** Empty when the name has no slash. */
  domain: string;
  path: string;
  tag?: string;
  digest?: Digest;
}

const defaultDomain = "docker.io";
const oldDefaultDomain = "index.docker.io";
const officialPrefix = "library/";
const longestPath = 255;

const pathComponent = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const remoteName = `${pathComponent}(?:/${pathComponent})*`;
const domainComponent = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const host = `(?:${domainComponent}(?:\\.${domainComponent})*|\\[[a-fA-F0-9:]+\\])`;
const name = `(?:(${host}(?::[0-9]+)?)/)?(${remoteName})`;
const tag = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}";
const digest = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";
const referencePattern = new RegExp(`^(?:${name})(?::(${tag}))?(?:@(${digest}))?$`);
const hexId = /^[a-f0-9]{64}$/;

/** Splits by the grammar alone: no default domain, no `library/`. Throws `invalid`. */
export function parseRawReference(text: string): RawReference {
  const match = referencePattern.exec(text);
  if (match === null) throw new EngineError("invalid", grammarProblem(text));
  const [, domain = "", path = "", tag, digest] = match;
  if (path.length > longestPath) {
    throw new EngineError("invalid", `repository name must not be more than ${longestPath} characters`);
  }
  return { domain, path, ...(tag && { tag }), ...(digest && { digest: checkDigest(digest) }) };
}

/**
 * A reference as people write it, in full: `ubuntu` is `docker.io/library/ubuntu`. No tag is added.
 * Throws `invalid` with the same words as the docker command and dockerd.
 */
export function parseReference(text: string): Reference {
  if (hexId.test(text)) {
    throw invalid(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  }
  const [domain, remainder] = splitDomain(text);
  const [repository = ""] = remainder.split(":", 1);
  if (repository.toLowerCase() !== repository) {
    throw invalid(`invalid reference format: repository name (${repository}) must be lowercase`);
  }
  return parseRawReference(`${domain}/${remainder}`);
}

/** The short form people know: no `docker.io/`, no `library/`. */
export function familiarName(reference: Reference): string {
  if (reference.domain !== defaultDomain) return fullName(reference);
  const official = reference.path.startsWith(officialPrefix)
    ? reference.path.slice(officialPrefix.length)
    : reference.path;
  return official.includes("/") ? reference.path : official;
}

/** `familiarName` with tag and digest. */
export function familiarString(reference: Reference): string {
  return familiarName(reference) + suffix(reference);
}

/** Domain and path: `docker.io/library/ubuntu`. */
export function fullName(reference: Reference): string {
  return `${reference.domain}/${reference.path}`;
}

/** The whole reference: `docker.io/library/ubuntu:24.04@sha256:…`. */
export function referenceString(reference: Reference): string {
  return fullName(reference) + suffix(reference);
}

/** Adds `latest` where neither tag nor digest is given. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined
    ? { ...reference, tag: "latest" }
    : reference;
}

/** Whether `text` can only be an image id: 64 hexadecimal digits. */
export function isFullId(text: string): boolean {
  return hexId.test(text);
}

/** Checks a tag alone, as in `tag` and `commit`. */
export function isTag(text: string): boolean {
  return new RegExp(`^${tag}$`).test(text);
}

function grammarProblem(text: string): string {
  if (text === "") return "repository name must have at least one component";
  return referencePattern.test(text.toLowerCase())
    ? "repository name must be lowercase"
    : "invalid reference format";
}

/** The first component is a domain if it has a dot, a colon or an upper-case letter, or is `localhost`. */
function splitDomain(text: string): [domain: string, remainder: string] {
  const slash = text.indexOf("/");
  const first = slash < 0 ? "" : text.slice(0, slash);
  const isDomain = /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
  const domain = !isDomain || first === oldDefaultDomain ? defaultDomain : first;
  const remainder = isDomain ? text.slice(slash + 1) : text;
  return domain === defaultDomain && !remainder.includes("/")
    ? [domain, officialPrefix + remainder]
    : [domain, remainder];
}

/** The words of go-digest for each way to be wrong. */
function checkDigest(text: string): Digest {
  if (isDigest(text)) return text;
  const [algorithm = "", hex = ""] = text.split(":");
  const length = { sha256: 64, sha384: 96, sha512: 128 }[algorithm];
  if (length === undefined || algorithm === "sha384") throw invalid("unsupported digest algorithm");
  throw invalid(hex.length === length ? "invalid checksum digest format" : "invalid checksum digest length");
}

function suffix({ tag, digest }: Reference): string {
  return (tag === undefined ? "" : `:${tag}`) + (digest === undefined ? "" : `@${digest}`);
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
