import type { Credentials } from "../registry/credentials.ts";
import type { HostConfig } from "../spec/api/container.ts";
import type { Annotation } from "../spec/annotation.ts";
import type { AttestationRequest } from "../spec/attestation-option.ts";
import type { CacheOption } from "../spec/cache-option.ts";
import type { Platform } from "../spec/oci-image.ts";
import type { Reference } from "../spec/reference.ts";
import type { BuildContext } from "./context/build-context.ts";
import type { BuildSession } from "./session/build-session.ts";

/** What a further context of `--build-context` is. */
export type NamedContext = { kind: "context"; context: BuildContext } | { kind: "image"; reference: string };

/** One `--output`: its `type`, and what else was given with it. */
export type BuildOutputRequest = Readonly<Record<string, string>> & { type?: string };

/** One build, as asked for. */
export interface BuildRequest {
  /** The Dockerfile's text, and its name for messages. */
  dockerfile: { text: string; name: string };
  context: BuildContext;
  contexts: ReadonlyMap<string, NamedContext>;
  /** The ignore file's patterns, where the context came without it. */
  ignore?: readonly string[];
  /** A stage's name or number; empty for the last one. */
  target: string;
  tags: readonly Reference[];
  buildArgs: ReadonlyMap<string, string>;
  /** Where the result goes; none is the same as one image. */
  outputs: readonly BuildOutputRequest[];
  /** Other builds' results to use. */
  cacheFrom: readonly CacheOption[];
  /** Where this build's results go. */
  cacheTo: readonly CacheOption[];
  labels: Readonly<Record<string, string>>;
  noCache: boolean;
  /** Stages whose steps run even if their results are known. */
  noCacheFilter: readonly string[];
  /** Asks registries for newer base images. */
  pull: boolean;
  /** None is the host's own; with several the result is one image for each. */
  platforms: readonly Platform[];
  attestations: AttestationRequest;
  /** Of the image, where it goes to a place that knows them. */
  annotations: readonly Annotation[];
  /** `NAME:ADDRESS`. */
  extraHosts: readonly string[];
  /** Of RUN: `default`, `none`, `host` or a network's name. */
  network: string;
  /** What the Dockerfile's own steps may ask for: `network.host`, `security.insecure`. */
  entitlements: readonly string[];
  /** Limits of RUN: memory, CPU, ulimits, shared memory, cgroup parent. */
  limits: HostConfig;
  session?: BuildSession;
  /** For the registry with this name. */
  credentials?: (registry: string) => Credentials | undefined;
}
