import { EngineError, messageOf } from "../../base/errors.ts";
import { type ImagePolicy, parsePolicy, unusable } from "./policy-file.ts";
import { readTrustedFile, stampOf } from "./trusted-file.ts";

/** Where the policy stands, by the engine's configuration. */
export interface PolicyPlace {
  path: string;
  /** A policy that was asked for by name must be there. */
  required: boolean;
}

interface ReadPolicy {
  path: string;
  stamp: string;
  policy: ImagePolicy;
}

/**
 * The policy that holds now: read again whenever its file, or that of one of its keys, has changed. One that cannot be
 * read or used lets nothing through; without a file there is no policy.
 */
export class PolicySource {
  readonly #place: () => PolicyPlace;
  #read: ReadPolicy | undefined;

  /** `place` is asked each time: a reload may change it. */
  constructor(place: () => PolicyPlace) {
    this.#place = place;
  }

  /** Throws `invalid` when the policy cannot be used. */
  current(): ImagePolicy | undefined {
    const { path, required } = this.#place();
    const stamp = stampOf(path);
    if (stamp === "") {
      if (required) throw unusable(path, "there is no such file");
      return undefined;
    }
    if (this.#read?.path !== path || !isCurrent(this.#read, stamp)) {
      this.#read = undefined;
      this.#read = readPolicy(path);
    }
    return this.#read.policy;
  }
}

function readPolicy(path: string): ReadPolicy {
  try {
    const { text, stamp } = readTrustedFile(path);
    return { path, stamp, policy: parsePolicy(text, path) };
  } catch (error) {
    throw error instanceof EngineError ? error : unusable(path, messageOf(error));
  }
}

/** A key that was replaced, or is gone, counts no longer. */
function isCurrent({ stamp, policy }: ReadPolicy, now: string): boolean {
  const keys = [...policy.rules, policy.fallback].flatMap((rule) => rule.keys);
  return stamp === now && keys.every((key) => key.stamp === stampOf(key.file));
}
