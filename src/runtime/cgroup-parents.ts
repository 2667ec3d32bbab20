import { dirname } from "node:path";
import { Cgroup } from "../linux/cgroup.ts";

interface Member {
  cgroupPath: string;
  /** The topmost group above it that is there only for containers of this engine. */
  madeParent?: string;
}

/**
 * The groups above containers' own that runtimes make on the way (`--cgroup-parent` names what is not there): they go with the last
 * container in them. What somebody else made, for its limits, stays.
 */
export class CgroupParents {
  readonly #engineParent: string;
  readonly #members = new Map<string, Member>();

  constructor(engineParent: string) {
    this.#engineParent = engineParent;
  }

  /** A container's group is about to be made; answers what is made above it, for its record. */
  enter(id: string, cgroupPath: string): string | undefined {
    const madeParent = this.#madeParentOf(cgroupPath);
    this.adopt(id, { cgroupPath, ...(madeParent !== undefined && { madeParent }) });
    return madeParent;
  }

  /** One that an earlier engine made. */
  adopt(id: string, member: Member): void {
    this.#members.set(id, member);
  }

  /** The container's own group is gone: removes those above, as far as they are there for nobody else. */
  leave(id: string, { cgroupPath, madeParent }: Member): void {
    this.forget(id);
    if (madeParent === undefined) return;
    for (let path = dirname(cgroupPath); isWithin(path, madeParent); path = dirname(path)) {
      // A runtime that is about to make its group there would find its parent gone.
      if ([...this.#members.values()].some((member) => isWithin(member.cgroupPath, path))) return;
      new Cgroup(path).removeIfEmpty();
    }
  }

  forget(id: string): void {
    this.#members.delete(id);
  }

  #madeParentOf(cgroupPath: string): string | undefined {
    const parent = dirname(cgroupPath);
    if (parent === this.#engineParent) return undefined;
    const ofAnother = [...this.#members.values()]
      .map(({ madeParent }) => madeParent)
      .find((made) => made !== undefined && isWithin(parent, made));
    return ofAnother ?? topmostMissing(parent);
  }
}

function topmostMissing(path: string): string | undefined {
  if (path === "/" || new Cgroup(path).exists()) return undefined;
  return topmostMissing(dirname(path)) ?? path;
}

function isWithin(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(`${ancestor}/`);
}
