import { EngineError } from "../../base/errors.ts";
import type { RemoteRepository } from "../../registry/remote-repository.ts";
import type { Digest } from "../../spec/digest.ts";
import { familiarName, familiarString, fullName, type Reference } from "../../spec/reference.ts";
import type { ImagePolicy, PolicyRule } from "./policy-file.ts";
import type { PolicySource } from "./policy-source.ts";
import { matchesRepository } from "./repository-pattern.ts";
import type { Verification } from "./verification-records.ts";

/** An image that a container is to be made from. */
export interface GuardedUse {
  /** How it was named; undefined when by its id. */
  reference: Reference | undefined;
  /** All names it has here. */
  names: readonly Reference[];
  verifications: readonly Verification[];
}

/** Keeps the image policy: what may be pulled, and what may be run. Throws `forbidden`, saying what is missing. */
export class ImageGuard {
  readonly #source: PolicySource | undefined;
  readonly #now: () => Date;

  constructor(source: PolicySource | undefined, now: () => Date) {
    this.#source = source;
    this.#now = now;
  }

  /** Before anything is asked of a registry. */
  checkPull(reference: Reference): void {
    const policy = this.#source?.current();
    if (policy !== undefined) checkName(policy, ruleFor(policy, reference), reference);
  }

  /** Before anything of the image itself is fetched. Undefined where no signature is required. */
  async verify(
    repository: RemoteRepository,
    reference: Reference,
    digest: Digest,
    signal: AbortSignal | undefined,
  ): Promise<Verification | undefined> {
    const policy = this.#source?.current();
    const rule = policy && ruleFor(policy, reference);
    if (policy === undefined || rule?.require !== "signature") return undefined;
    // Most engines have no policy.
    const [{ fetchSignatures }, { signerOf }] = await Promise.all([
      import("./fetch-signatures.ts"),
      import("./signature.ts"),
    ]);
    const found = { all: 0, keyless: 0 };
    for await (const signature of fetchSignatures(repository, digest, signal)) {
      found.all += 1;
      if (signature.isKeyless) found.keyless += 1;
      const signer = signerOf(signature, digest, rule.keys);
      if (signer === undefined) continue;
      const { fingerprint, file: keyFile } = signer;
      return {
        repository: fullName(reference),
        digest,
        fingerprint,
        keyFile,
        verifiedMs: this.#now().getTime(),
      };
    }
    throw refusal(policy, `${familiarString(reference)} ${unsigned(found)} (${digest})`);
  }

  /** A name says which rule counts; an image that is named by its id must satisfy those of all its names. */
  checkUse({ reference, names, verifications }: GuardedUse): void {
    const policy = this.#source?.current();
    if (policy === undefined) return;
    const asked = reference === undefined ? names : [reference];
    if (asked.length === 0) checkNameless(policy);
    for (const name of asked) {
      const rule = ruleFor(policy, name);
      // The id is the digest of everything that the image is.
      if (reference !== undefined || rule.require === "refuse") checkName(policy, rule, name);
      if (rule.require === "signature" && !isVerified(rule, name, verifications))
        throw refusal(
          policy,
          `no trusted signature was found of ${familiarString(name)} when it came here: pull it`,
        );
    }
  }
}

function unsigned({ all, keyless }: { all: number; keyless: number }): string {
  if (all === 0) return "has no signature";
  return keyless < all
    ? "is not signed by any of the trusted keys"
    : "is signed without a key only (keyless, by a certificate), and nothing but signatures by the policy's keys counts: " +
        "sign it by `cosign sign --key` with one of them, or have a rule for its repository that requires something else";
}

function ruleFor(policy: ImagePolicy, reference: Reference): PolicyRule {
  const name = fullName(reference);
  return policy.rules.find(({ pattern }) => matchesRepository(pattern, name)) ?? policy.fallback;
}

function checkName(policy: ImagePolicy, { require }: PolicyRule, reference: Reference): void {
  const name = familiarName(reference);
  if (require === "refuse") throw refusal(policy, `images of ${name} are not allowed here`);
  if (require === "digest" && reference.digest === undefined)
    throw refusal(policy, `images of ${name} must be named by their digest: ${name}@sha256:…`);
}

function checkNameless(policy: ImagePolicy): void {
  const { require } = policy.fallback;
  if (require === "refuse" || require === "signature")
    throw refusal(policy, "an image without a name is not allowed here");
}

/** By a key that is trusted still. */
function isVerified(rule: PolicyRule, reference: Reference, verifications: readonly Verification[]): boolean {
  return verifications.some(
    ({ repository, digest, fingerprint }) =>
      repository === fullName(reference) &&
      (reference.digest === undefined || reference.digest === digest) &&
      rule.keys.some((key) => key.fingerprint === fingerprint),
  );
}

function refusal({ file }: ImagePolicy, why: string): EngineError {
  return new EngineError("forbidden", `refused by the image policy (${file}): ${why}`);
}
