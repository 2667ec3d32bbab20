import { EngineError } from "../base/errors.ts";
import type { ExecProcess } from "../runtime/runtime-service.ts";
import type { ExecCreateBody } from "./container-service.ts";

/** An exec: created, then started once, then ended. Lives as long as the engine and its container. */
export interface Exec {
  id: string;
  containerId: string;
  body: ExecCreateBody;
  state: "created" | "running" | "ended";
  process?: ExecProcess;
  exitCode: number | null;
}

/** How many ended execs of one container can still be inspected. */
const keptPerContainer = 100;

export class Execs {
  readonly #byId = new Map<string, Exec>();

  add(exec: Exec): void {
    this.#byId.set(exec.id, exec);
    const ended = this.of(exec.containerId).filter(({ state }) => state === "ended");
    for (const old of ended.slice(0, Math.max(0, ended.length - keptPerContainer))) this.#byId.delete(old.id);
  }

  get(id: string): Exec {
    const exec = this.#byId.get(id);
    if (exec === undefined) throw new EngineError("not-found", `No such exec instance: ${id}`);
    return exec;
  }

  of(containerId: string): Exec[] {
    return [...this.#byId.values()].filter((exec) => exec.containerId === containerId);
  }

  remove(id: string): void {
    this.#byId.delete(id);
  }

  forget(containerId: string): void {
    for (const exec of this.of(containerId)) this.#byId.delete(exec.id);
  }
}
