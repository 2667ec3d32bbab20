import { createHash } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../../base/errors.ts";
import type { RuntimeSpec } from "../../spec/oci-runtime.ts";

/** crun takes a compiled filter from here instead of compiling `linux.seccomp`: crun(1). Other runtimes ignore it. */
const annotation = "run.oci.seccomp_bpf_data";

/**
 * Compiled seccomp filters. crun compiles a profile anew for each container, half of the time a container takes to be
 * made; the filter it leaves in its state directory serves every later container of the same profile. Kept below
 * the exec root, so never longer than the kernel it was made for.
 */
export class FilterCache {
  readonly #directory: string;
  readonly #known = new Map<string, string>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Gives the spec the filter of its profile, if it is known. Answers the profile's key otherwise. */
  apply(spec: RuntimeSpec, runtimePath: string): string | undefined {
    if (spec.linux.seccomp === undefined) return undefined;
    const key = createHash("sha256")
      .update(runtimePath)
      .update(JSON.stringify(spec.linux.seccomp))
      .digest("hex");
    const filter = this.#known.get(key) ?? this.#load(key);
    if (filter === undefined) return key;
    spec.annotations = { ...spec.annotations, [annotation]: filter };
    return undefined;
  }

  /** Keeps the filter that crun compiled for a container of this profile. */
  learn(key: string, stateDirectory: string): void {
    const bytes = read(join(stateDirectory, "seccomp.bpf"));
    if (bytes === undefined || bytes.length === 0) return;
    const path = join(this.#directory, key);
    writeFileSync(`${path}.new`, bytes, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    this.#known.set(key, bytes.toString("base64"));
  }

  #load(key: string): string | undefined {
    const filter = read(join(this.#directory, key))?.toString("base64");
    if (filter !== undefined) this.#known.set(key, filter);
    return filter;
  }
}

function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
