import { lstatSync, mkdirSync, readlinkSync } from "node:fs";
import { EngineError, errnoOf } from "../../base/errors.ts";
import { baseOf, type BytePath, joinPath, parentOf, systemPath } from "./entry-path.ts";

/** As many as the kernel follows (path_resolution(7)). */
const mostLinks = 40;

/**
 * Finds and makes the directories that entries lie in. A link on the way is resolved inside the root, never by the
 * kernel alone, so that the answer is the real path: what is recorded under it is found there again.
 */
export class RealDirectories {
  #known = new Map<BytePath, BytePath>([["", ""]]);
  readonly #replace: (path: BytePath) => boolean;

  /** `replace` may turn what stands at `path` and is neither directory nor link (a whiteout) into a directory. */
  constructor(replace: (path: BytePath) => boolean) {
    this.#replace = replace;
  }

  /** The real path of directory `path`, made with its parents where it does not exist yet. */
  ensure(path: BytePath, links = 0): BytePath {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const wanted = joinPath(this.ensure(parentOf(path), links), baseOf(path));
    const real = this.#make(wanted) ? wanted : this.#existing(wanted, links);
    this.#known.set(path, real);
    return real;
  }

  /** Something was replaced: links and directories may lead elsewhere now. */
  forget(): void {
    this.#known = new Map([["", ""]]);
  }

  #make(path: BytePath): boolean {
    try {
      mkdirSync(systemPath(path), 0o755);
      return true;
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
      return false;
    }
  }

  #existing(path: BytePath, links: number): BytePath {
    const found = lstatSync(systemPath(path));
    if (found.isDirectory()) return path;
    if (!found.isSymbolicLink()) {
      if (this.#replace(path)) return path;
      throw new EngineError("invalid", `mkdir /${path}: not a directory`);
    }
    if (links >= mostLinks)
      throw new EngineError("invalid", `mkdir /${path}: too many levels of symbolic links`);
    return this.#follow(path, links + 1);
  }

  /** Part by part, as the kernel would: `..` after a link is the parent of where the link led. */
  #follow(path: BytePath, links: number): BytePath {
    const target = readlinkSync(systemPath(path), { encoding: "buffer" }).toString("latin1");
    let at = target.startsWith("/") ? "" : parentOf(path);
    for (const part of target.split("/")) {
      if (part === "" || part === ".") continue;
      at = part === ".." ? parentOf(at) : this.ensure(joinPath(at, part), links);
    }
    return at;
  }
}
