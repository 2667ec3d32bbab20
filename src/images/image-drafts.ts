import { createHash } from "node:crypto";
import type { Digest } from "../spec/digest.ts";

/** So many are remembered: those of the last builds. */
const most = 500;

/**
 * Images that a build passed through and told of by their ids. They are none until somebody asks for one: a build that failed is
 * looked into by a container from its last good step.
 */
export class ImageDrafts {
  readonly #drafts = new Map<Digest, Uint8Array>();

  /** Answers the id that it would have. */
  keep(configBytes: Uint8Array): Digest {
    const id = `sha256:${createHash("sha256").update(configBytes).digest("hex")}` as Digest;
    this.#drafts.delete(id);
    this.#drafts.set(id, configBytes);
    const [oldest] = this.#drafts.keys();
    if (this.#drafts.size > most && oldest !== undefined) this.#drafts.delete(oldest);
    return id;
  }

  /** The configuration of the one whose id begins so; undefined for none or several. */
  find(prefix: string): Uint8Array | undefined {
    const found = [...this.#drafts.keys()].filter((id) => id.startsWith(`sha256:${prefix}`));
    const [only] = found;
    return found.length === 1 && only !== undefined ? this.#drafts.get(only) : undefined;
  }
}
