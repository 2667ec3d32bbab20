import { spawn } from "node:child_process";
import { accessSync, constants, mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { EngineError, errnoOf, messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { cgroupLayout, forgetCgroupLayout } from "../linux/cgroup.ts";
import { mount } from "../linux/mount.ts";
import type { RuntimeInfo, RuntimeServiceOptions } from "./runtime-service.ts";

/** Whose conventions on disk a runtime follows: those of the two known ones are used directly. */
export type RuntimeKind = "crun" | "runc" | "other";

export interface Runtime extends RuntimeInfo {
  args: string[];
  /** Resolves when the program was asked for its version; never rejects. */
  kind(): Promise<RuntimeKind>;
}

const builtin = ["crun", "runc"] as const;
const fallbackPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The OCI runtimes this engine may use. Looking for them costs a few stat calls; programs run only when needed. */
export class Runtimes {
  readonly list: Runtime[];
  readonly defaultName: string;

  constructor(options: Pick<RuntimeServiceOptions, "runtimes" | "defaultRuntime" | "log">) {
    const found = new Map<string, Runtime>();
    for (const name of builtin) {
      const path = findProgram(name);
      if (path !== undefined) found.set(name, runtime(name, path, []));
    }
    for (const [name, { path, args }] of Object.entries(options.runtimes ?? {})) {
      found.set(name, runtime(name, path, args ?? []));
    }
    const crun = found.get("crun");
    if (crun !== undefined) crun.problem = freeHybridControllers(options.log);
    this.list = [...found.values()];
    this.defaultName = options.defaultRuntime ?? this.#firstThatWorks();
  }

  /** By the name of `--runtime`; empty for the default. Throws Docker's error. */
  get(name: string): Runtime {
    const wanted = name === "" ? this.defaultName : name;
    const found = this.list.find((candidate) => candidate.name === wanted);
    if (found === undefined) throw new EngineError("invalid", `unknown or invalid runtime name: ${wanted}`);
    return found;
  }

  #firstThatWorks(): string {
    return (
      this.list.find(({ name, problem }) => isBuiltin(name) && problem === undefined)?.name ?? builtin[0]
    );
  }
}

function isBuiltin(name: string): boolean {
  return (builtin as readonly string[]).includes(name);
}

function runtime(name: string, path: string, args: string[]): Runtime {
  let asked: Promise<RuntimeKind> | undefined;
  const self: Runtime = { name, path, args, version: "", kind: () => (asked ??= ask()) };
  const ask = async (): Promise<RuntimeKind> => {
    const text = await versionText(path);
    self.version = /version:?\s+(\S+)/i.exec(text)?.[1] ?? "";
    if (text.startsWith("crun ")) return "crun";
    return text.startsWith("runc ") ? "runc" : "other";
  };
  return self;
}

async function versionText(path: string): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(path, ["--version"], { stdio: ["ignore", "pipe", "ignore"] });
    let text = "";
    child.stdout.on("data", (data: Buffer) => (text += data.toString()));
    child.once("error", () => resolve(""));
    child.once("close", () => resolve(text));
  });
}

export function findProgram(name: string, searchPath = process.env.PATH ?? fallbackPath): string | undefined {
  for (const directory of searchPath.split(":")) {
    const path = join(directory === "" ? "." : directory, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
    }
  }
  return undefined;
}

/**
 * crun refuses a v1 + v2 hybrid machine while the v2 tree holds a controller. Those that nothing uses are moved to
 * v1 by mounting them there. Answers why crun cannot run, if some cannot be moved.
 */
function freeHybridControllers(log: Log): string | undefined {
  const { version, unified } = cgroupLayout();
  if (version === 2 || unified === undefined) return undefined;
  const held = readFileSync(join(unified, "cgroup.controllers"), "utf8").trim().split(/\s+/).filter(Boolean);
  for (const controller of held) {
    const problem = mountOnV1(controller);
    if (problem !== undefined) return `cgroup v1 machine whose v2 tree holds ${controller}: ${problem}`;
    log.info("moved a cgroup controller from v2 to v1, so that crun can run", { controller });
  }
  if (held.length > 0) forgetCgroupLayout();
  return undefined;
}

function mountOnV1(controller: string): string | undefined {
  const target = join("/sys/fs/cgroup", controller);
  try {
    mkdirSync(target, { recursive: true });
    mount(controller, target, "cgroup", 0, controller);
    return undefined;
  } catch (error) {
    try {
      rmdirSync(target);
    } catch {
      // In use, or never made.
    }
    return messageOf(error);
  }
}
