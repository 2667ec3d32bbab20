import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EngineError } from "../../base/errors.ts";
import { tarEnd } from "../../store/archive/tar-writer.ts";
import { openSshSocket } from "../ops/mounts/ssh-socket.ts";
import type { BuildSession } from "../session/build-session.ts";
import { Git, type GitAccess } from "./git.ts";
import { fetchCommit } from "./git-commit.ts";
import { gitDirectory } from "./git-directory.ts";
import { type GitReference, isOverSsh } from "./git-reference.ts";
import { submodulesOf } from "./git-submodules.ts";
import { httpAuthorization } from "./http-authorization.ts";
import { tarMembers } from "./tar-members.ts";

/** Nobody nests submodules deeper; a repository that holds itself would do so for ever. */
const deepest = 16;

export interface GitTreeOptions {
  signal: AbortSignal;
  /** Its agent `default` opens ssh's door, its secret GIT_AUTH_TOKEN or GIT_AUTH_HEADER that of HTTP. */
  session?: BuildSession | undefined;
}

/**
 * The files of a commit with those of its submodules as a tar: read from the objects, never checked out. Throws `invalid` with what git
 * says.
 */
export async function* gitTree(reference: GitReference, options: GitTreeOptions): AsyncGenerator<Uint8Array> {
  const directory = mkdtempSync(join(tmpdir(), "gantry-git-"));
  const access: GitAccess = { authorization: (url) => httpAuthorization(url, options.session) };
  let closeAgent: (() => void) | undefined;
  try {
    if (options.session?.hasSsh("default") === true) {
      access.agent = join(directory, "agent");
      closeAgent = await lendAgent(access.agent, options.session, options.signal);
    }
    yield* new TreeReader(directory, options.signal, access).files(reference, "", 0);
    yield tarEnd();
  } finally {
    closeAgent?.();
    rmSync(directory, { recursive: true, force: true });
  }
}

function lendAgent(path: string, session: BuildSession, signal: AbortSignal): Promise<() => void> {
  return openSshSocket({ path, id: "default", mode: 0o600, uid: 0, gid: 0, session, signal });
}

class TreeReader {
  readonly #directory: string;
  readonly #signal: AbortSignal;
  readonly #access: GitAccess;
  #repositories = 0;

  constructor(directory: string, signal: AbortSignal, access: GitAccess) {
    this.#directory = directory;
    this.#signal = signal;
    this.#access = access;
  }

  /** The members of one repository's tar, every name with `prefix` before it. */
  async *files(reference: GitReference, prefix: string, depth: number): AsyncGenerator<Uint8Array> {
    const { url, directory = "", keepGitDir = false, submodules = true } = reference;
    if (depth > deepest)
      throw new EngineError("invalid", `submodules of ${url} are nested more than ${deepest} deep`);
    if (isOverSsh(url) && this.#access.agent === undefined)
      throw new EngineError(
        "invalid",
        "unset ssh forward key default: lend an agent or a key with --ssh default",
      );
    const git = await this.#repository();
    const fetched = await fetchCommit(git, reference);
    const { commit } = fetched;
    const tree = directory === "" ? commit : `${commit}:${directory}`;
    // As a checkout would have them.
    const args = ["-c", "tar.umask=0022", "archive", "--format=tar", `--prefix=${prefix}`, tree];
    yield* tarMembers(git.output(...args));
    if (submodules) yield* this.#submodules(git, { commit, url, directory, prefix, depth });
    // BuildKit keeps it only beside the whole tree, too.
    if (keepGitDir && directory === "") yield* tarMembers(await gitDirectory(git, fetched, url));
  }

  async *#submodules(
    git: Git,
    {
      commit,
      url,
      directory,
      prefix,
      depth,
    }: { commit: string; url: string; directory: string; prefix: string; depth: number },
  ): AsyncGenerator<Uint8Array> {
    const above = directory === "" ? "" : `${directory}/`;
    for (const { path, reference } of await submodulesOf(git, commit, url))
      if (path.startsWith(above))
        yield* this.files(reference, `${prefix}${path.slice(above.length)}/`, depth + 1);
  }

  async #repository(): Promise<Git> {
    const directory = join(this.#directory, String(this.#repositories++), ".git");
    mkdirSync(directory, { recursive: true });
    const git = new Git(directory, { signal: this.#signal, access: this.#access });
    // Nothing of this machine's templates: they may hold hooks.
    await git.run("init", "--quiet", "--bare", "--template=", "--initial-branch=main");
    // The repository's own attributes would leave files out of an archive, or change them.
    mkdirSync(join(directory, "info"), { recursive: true });
    writeFileSync(join(directory, "info", "attributes"), "* -export-ignore -export-subst\n");
    return git;
  }
}
