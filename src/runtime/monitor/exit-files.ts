import { type FSWatcher, readFileSync, rmSync, statSync, watch } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../../base/errors.ts";

/** An exit as conmon recorded it. */
export interface ExitRecord {
  exitCode: number;
  finishedAt: Date;
  unseen?: boolean;
}

/** A watch on a directory may miss the last event of a burst (fs.watch): what is waited for is also looked at. */
const lookEveryMs = 250;

/** The files conmon leaves at a container's end: how exits are known of containers whose conmon is not our child. */
export class ExitFiles implements Disposable {
  readonly #directory: string;
  readonly #waiting = new Map<string, { look: () => boolean; resolve: () => void }>();
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  read(id: string): ExitRecord | undefined {
    const path = join(this.#directory, id);
    try {
      const text = readFileSync(path, "utf8").trim();
      return text === "" ? undefined : { exitCode: Number(text), finishedAt: statSync(path).mtime };
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  remove(id: string): void {
    rmSync(join(this.#directory, id), { force: true });
  }

  /** Resolves once the file is there, or `over` says that it will never be. */
  async appeared(id: string, over: () => boolean): Promise<void> {
    const look = () => this.read(id) !== undefined || over();
    if (look()) return;
    await new Promise<void>((resolve) => {
      this.#waiting.set(id, { look, resolve });
      this.#watch();
    });
  }

  [Symbol.dispose](): void {
    this.#waiting.clear();
    this.#rest();
  }

  #watch(): void {
    this.#watcher ??= watch(this.#directory, { persistent: false }, () => this.#lookAll());
    this.#timer ??= setInterval(() => this.#lookAll(), lookEveryMs).unref();
    // One may have appeared before the watch was there.
    this.#lookAll();
  }

  #lookAll(): void {
    for (const [id, { look, resolve }] of this.#waiting) {
      if (!look()) continue;
      this.#waiting.delete(id);
      resolve();
    }
    if (this.#waiting.size === 0) this.#rest();
  }

  #rest(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
