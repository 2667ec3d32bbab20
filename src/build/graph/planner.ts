import { EngineError, messageOf } from "../../base/errors.ts";
import { formatPlatform, normalizePlatform } from "../../spec/platform.ts";
import type { Digest } from "../../spec/digest.ts";
import type { Platform } from "../../spec/oci-image.ts";
import type { GitReference } from "../remote/git-reference.ts";
import { gitTree } from "../remote/git-tree.ts";
import type { Cleanup } from "../../base/cleanup.ts";
import { downloadFile } from "../ops/download-file.ts";
import type { BuildRequest } from "../build-request.ts";
import { stagePlatform } from "../calls/check-values.ts";
import { DockerfileError } from "../dockerfile/dockerfile-error.ts";
import { expand } from "../expansion/expand.ts";
import type { Dockerfile, Instruction, Stage } from "../instructions/instruction.ts";
import type { Warn } from "../instructions/lint-rules.ts";
import { missingTarget, unresolved } from "../instructions/missing-target.ts";
import { readTrigger } from "../instructions/read-instructions.ts";
import { Scope } from "../instructions/scope.ts";

import type { BuildParts, Snapshot } from "../ops/build-parts.ts";
import { SentTree } from "../ops/files/sent-tree.ts";
import type { Step } from "../solver/step.ts";
import type { BaseImage } from "./base-images.ts";
import { contextBase } from "./context-base.ts";
import { dispatch } from "./dispatch.ts";
import { copyDraft, draftFrom, emptyDraft } from "./image-draft.ts";
import { stageNamed, stageToCopyFrom } from "./stage-names.ts";
import type { PlannedLine, StageState } from "./stage-state.ts";
import { fixedStep, scratch } from "./fixed-step.ts";
import { copyStep } from "./steps.ts";

export interface PlannerOptions {
  parts: BuildParts;
  dockerfile: Dockerfile;
  request: BuildRequest;
  /** Arguments before the first FROM, predefined ones included. */
  globals: ReadonlyMap<string, string>;
  platform: Platform;
  /** Tells of what the checks find only now. */
  warn: Warn;
  /** Before the names of stages, where several platforms are built. */
  label: string;
  signal: AbortSignal;
  /** What is to be given back at the build's end. */
  cleanup: Cleanup;
  /** What the build is of: the same in the next build of the same thing. */
  project: string;
  /** SOURCE_DATE_EPOCH: no file of a step is younger. */
  latestSeconds?: number;
  /** The image, fetched if it is not there or if the build asks for newer ones. */
  resolveImage(reference: string, platform: Platform | undefined): Promise<BaseImage>;
}

/**
 * Turns the stages of a Dockerfile into steps, as they are asked for: what the target does not need is never looked at.
 */
export class Planner {
  readonly options: PlannerOptions;
  readonly #stages = new Map<number, Promise<StageState>>();
  readonly #lines: PlannedLine[] = [];
  readonly #images = new Map<string, Promise<Step<Snapshot>>>();
  readonly #materials = new Map<string, Digest>();
  #tree: SentTree | undefined;

  constructor(options: PlannerOptions) {
    this.options = options;
  }

  /** The stage that is to be built. Throws DockerfileError. */
  async target(): Promise<StageState> {
    const { request, dockerfile } = this.options;
    const last = dockerfile.stages.length - 1;
    const index = request.target === "" ? last : stageNamed(dockerfile.stages, request.target, last + 1);
    if (index === undefined)
      throw new EngineError("invalid", missingTarget(request.target, dockerfile.stages));
    return await this.#stage(index);
  }

  /** Every instruction of the stages that are needed, in the order of the file. */
  lines(): PlannedLine[] {
    return this.#lines.toSorted((a, b) => a.stage - b.stage);
  }

  note(line: PlannedLine): void {
    this.#lines.push(line);
  }

  /** The images it stands on and copies from. */
  materials(): { name: string; id: Digest }[] {
    return [...this.#materials].map(([name, id]) => ({ name, id }));
  }

  async #resolve(reference: string, platform: Platform | undefined): Promise<BaseImage> {
    const image = await this.#found(reference, platform);
    this.#materials.set(image.name, image.id);
    return image;
  }

  async #found(reference: string, platform: Platform | undefined): Promise<BaseImage> {
    try {
      return await this.options.resolveImage(reference, platform);
    } catch (error) {
      if (error instanceof EngineError && (error.kind === "cancelled" || error.kind === "forbidden"))
        throw error;
      throw unresolved(reference, this.options.dockerfile.stages, error);
    }
  }

  /** The client's own context. */
  context(): SentTree {
    this.#tree ??= new SentTree(this.options.request.context);
    return this.#tree;
  }

  /** What a `from` of COPY or a mount names, seen from stage `before`: an earlier stage, a named context, an image. */
  async source(name: string, before: number): Promise<{ tree: SentTree } | { step: Step<Snapshot> }> {
    const stage = stageToCopyFrom(this.options.dockerfile.stages, name, before);
    if (stage !== undefined) return { step: (await this.#stage(stage)).step };
    const given = this.options.request.contexts.get(name);
    if (given?.kind === "context") return { tree: new SentTree(given.context) };
    if (name === "scratch") return { step: scratch };
    const reference = given?.reference ?? name;
    let step = this.#images.get(reference);
    if (step === undefined) {
      step = this.#resolve(reference, this.options.platform).then((image) =>
        fixedStep(`FROM ${image.name}`, snapshotOf(image)),
      );
      this.#images.set(reference, step);
    }
    return { step: await step };
  }

  /** The file system of a mount, as a step: of a context only what `path` names. */
  async mountSource(from: string | undefined, path: string, before: number): Promise<Step<Snapshot>> {
    const source = from === undefined ? { tree: this.context() } : await this.source(from, before);
    if ("step" in source) return source.step;
    const request = { excludes: [], parents: true, destination: "/", files: [] };
    const group = { label: "", sources: [path], unpacks: false };
    const placed = {
      name: `[internal] mount ${path} of the context`,
      slot: `mount ${path}`,
      ignoreCache: false,
    };
    const parent = fixedStep("empty", {});
    return copyStep(this.options.parts, placed, { parent, from: [{ ...source, ...group }], request });
  }

  /** What a URL names, as a tree of one file. It stays on the disk until the build's end. */
  async download(url: string, checksum: string | undefined): Promise<SentTree> {
    const { parts, signal, cleanup } = this.options;
    const lease = await downloadFile(parts, { url, checksum, signal });
    cleanup.add("a downloaded file", async () => await lease[Symbol.asyncDispose]());
    return new SentTree(lease.context);
  }

  /** The files of a git repository. */
  async repository(reference: GitReference): Promise<SentTree> {
    const { parts, signal, cleanup, request } = this.options;
    const files = gitTree(reference, { signal, session: request.session });
    const lease = await parts.contexts.fromTar(files, signal);
    cleanup.add("a repository's files", async () => await lease[Symbol.asyncDispose]());
    return new SentTree(lease.context);
  }

  #stage(index: number): Promise<StageState> {
    const known = this.#stages.get(index);
    if (known !== undefined) return known;
    const planned = this.#plan(index);
    planned.catch(() => {});
    this.#stages.set(index, planned);
    return planned;
  }

  async #plan(index: number): Promise<StageState> {
    const stage = this.options.dockerfile.stages[index] as Stage;
    const state = await this.#begin(stage, index);
    const triggers = (state.draft.config.OnBuild ?? []).map(readTrigger);
    delete state.draft.config.OnBuild;
    const instructions = [...triggers, ...stage.instructions];
    const isScratch = state.step === scratch;
    state.position = isScratch ? 0 : 1;
    state.total = state.position + instructions.filter(isStep).length;
    if (state.step.ephemeral === true && !isScratch) state.step = numbered(state, this.options.label);
    this.note({
      text: stage.text,
      range: stage.range,
      stage: index,
      draft: copyDraft(state.draft),
      fileSystem: state.step,
    });
    for (const instruction of instructions) await dispatch(this, state, instruction);
    return state;
  }

  async #begin(stage: Stage, index: number): Promise<StageState> {
    const { dockerfile, globals, request } = this.options;
    const base = this.#word(stage, stage.base);
    if (base === "")
      throw new DockerfileError(`base name (${stage.base}) should not be blank`, [stage.range]);
    const platform = stage.platform === undefined ? undefined : this.#word(stage, stage.platform);
    const { draft, step, ...from } = await this.#base(stage, index, base, platform);
    const scope = new Scope(request.buildArgs, globals, dockerfile.directives.escape);
    if (from.scope !== undefined) scope.inherit(from.scope);
    else for (const entry of draft.config.Env ?? []) scope.set(...splitEntry(entry));
    const name = stage.name ?? (dockerfile.stages.length > 1 ? `stage-${index}` : "");
    return {
      name,
      index,
      draft,
      step,
      scope,
      shell: draft.config.Shell ?? ["/bin/sh", "-c"],
      hasCmd: false,
      escape: dockerfile.directives.escape,
      ignoreCache: request.noCache || request.noCacheFilter.some((each) => each.toLowerCase() === name),
      position: 1,
      total: 1,
    };
  }

  /** What a stage begins with; of an earlier stage its variables, too. */
  async #base(
    stage: Stage,
    index: number,
    base: string,
    platform: string | undefined,
  ): Promise<Pick<StageState, "draft" | "step"> & { scope?: Scope }> {
    const earlier = stageNamed(this.options.dockerfile.stages, base, index);
    if (earlier !== undefined && !/^\d+$/.test(base)) {
      const { draft, step, scope } = await this.#stage(earlier);
      return { draft: copyDraft(draft), step, scope };
    }
    const wanted =
      platform === undefined || platform === ""
        ? this.options.platform
        : stagePlatform(platform, stage.range);
    const given = this.options.request.contexts.get(base);
    if (base === "scratch" && given === undefined) return { draft: emptyDraft(wanted), step: scratch };
    if (given?.kind === "context")
      return contextBase(this.options.parts, { name: base, context: given.context, platform: wanted });
    const reference = given?.reference ?? base;
    const explicit = platform !== undefined || this.options.request.platforms.length > 0;
    const image = await located(stage, () => this.#resolve(reference, explicit ? wanted : undefined));
    if (image.config.os !== wanted.os || image.config.architecture !== wanted.architecture)
      this.options.warn(
        "InvalidBaseImagePlatform",
        [stage.range],
        base,
        formatPlatform(normalizePlatform(image.config)),
        formatPlatform(wanted),
      );
    return { draft: draftFrom(image.config), step: fixedStep(`FROM ${image.name}`, snapshotOf(image)) };
  }

  #word(stage: Stage, word: string): string {
    const { globals, dockerfile } = this.options;
    try {
      const lookup = (name: string) => globals.get(name);
      return expand(word, lookup, { escape: dockerfile.directives.escape }).text;
    } catch (error) {
      throw new DockerfileError(messageOf(error), [stage.range], error);
    }
  }
}

function snapshotOf({ chainId, config }: BaseImage): Snapshot {
  const createdMs = Date.parse(config.created ?? "");
  return { ...(chainId !== undefined && { chainId }), ...(Number.isFinite(createdMs) && { createdMs }) };
}

/** `[build 1/5] FROM …`, now that the steps are counted. */
function numbered({ step, name, total }: StageState, label: string): Step<Snapshot> {
  return { ...step, name: `[${label}${name === "" ? "" : `${name} `}1/${total}] ${step.name}` };
}

function splitEntry(entry: string): [name: string, value: string] {
  const at = entry.indexOf("=");
  return at < 0 ? [entry, ""] : [entry.slice(0, at), entry.slice(at + 1)];
}

async function located<T>({ range }: Stage, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    if (error instanceof EngineError && error.kind === "cancelled") throw error;
    throw new DockerfileError(messageOf(error), [range], error);
  }
}

/** Whether an instruction makes a layer, and so counts in `[2/5]`. */
function isStep({ kind }: Instruction): boolean {
  return kind === "run" || kind === "copy" || kind === "add" || kind === "workdir";
}
