import { readFileSync, type Stats, statSync } from "node:fs";
import { messageOf } from "../../base/errors.ts";
import { type ImagePolicy, parsePolicy, unusable } from "./policy-file.ts";

/**
 * The policy that holds now: the file is read again whenever it has changed. One that cannot be read or used lets
 * nothing through; without a file there is no policy.
 */
export class PolicySource {
  readonly #path: string;
  /** A policy that was asked for by name must be there. */
  readonly #required: boolean;
  #read: { stamp: string; policy: ImagePolicy } | undefined;

  constructor(path: string, required: boolean) {
    this.#path = path;
    this.#required = required;
  }

  /** Throws `invalid` when the policy cannot be used. */
  current(): ImagePolicy | undefined {
    const status = statSync(this.#path, { throwIfNoEntry: false });
    if (status === undefined) {
      if (this.#required) throw unusable(this.#path, "there is no such file");
      return undefined;
    }
    const stamp = `${status.ino}:${status.size}:${status.mtimeMs}:${status.ctimeMs}`;
    if (this.#read?.stamp !== stamp) this.#read = { stamp, policy: this.#load(status) };
    return this.#read.policy;
  }

  #load({ mode }: Stats): ImagePolicy {
    if ((mode & 0o022) !== 0) throw unusable(this.#path, "others than its owner may write it (chmod go-w)");
    try {
      return parsePolicy(readFileSync(this.#path, "utf8"), this.#path);
    } catch (error) {
      this.#read = undefined;
      throw error instanceof Error && error.name === "EngineError"
        ? error
        : unusable(this.#path, messageOf(error));
    }
  }
}
