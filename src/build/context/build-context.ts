/**
 * What a build may copy from: the client's folder, a tar it sent, a git repository. Everything is described by an entry; contents lie
 * in the engine's content store by their hash. Nothing of a context is ever unpacked under names it chose itself, so links
 * and `..` in it cannot lead anywhere: a link is an entry with a target, for the copying step to follow within the context.
 *
 * How contexts come: `contextFromTar` (classic `POST /build`), `POST /build/contexts` (Gantry's command: only what the engine
 * lacks travels). Both answer a ContextLease.
 */
export interface BuildContext {
  /** Every entry by path, parents before children, sorted by path components. Directories that only files imply are there, too. */
  readonly entries: ReadonlyMap<string, ContextEntry>;
  /** Where the contents lie, as `contentPath` of the content store has it. */
  readonly contents: string;
  /** The absolute path of a file's content on this machine: to be read only. */
  contentPath(file: ContextFile): string;
}

interface Common {
  /** Relative, `/` between names, no `.`, `..` or empty names. */
  path: string;
  /** Permission bits with setuid, setgid, sticky: 0o7777. */
  mode: number;
  mtimeNs: bigint;
}

export type ContextFile = Common & { kind: "file"; sizeBytes: number /** Hex. */; sha256: string };

export type ContextEntry =
  | ContextFile
  | (Common & { kind: "directory" })
  | (Common & { kind: "symlink"; target: string });

/** A context while a build uses it: its contents are kept until it is released. */
export interface ContextLease extends AsyncDisposable {
  readonly context: BuildContext;
}
