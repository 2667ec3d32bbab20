import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { ReadableStreamDefaultReader } from "node:stream/web";
import { EngineError } from "../../base/errors.ts";
import { makePipe, readPipe } from "../../linux/pipe.ts";
import { childCommand, childEnvironment } from "../../linux/self.ts";
import type { LayerCompression } from "../../spec/layer-choice.ts";
import { memberBytes } from "../archive/compressed-members.ts";
import type { CompressTask } from "./compress-child.ts";
import type { LayerFiles } from "./tar-split.ts";

export const compressRole = "compress-layer";

/** As much as an ordinary system allows: a finished member waits there while the next is made. */
const pipeBytes = 1 << 20;

/** Children that compress now, whatever for. */
let running = 0;

/**
 * The tar of a layer compressed, made by a child on each core that no other layer keeps at work: neither tar nor compressing
 * passes through this process. Reads as slowly as its consumer; ending it ends the children.
 */
export async function* compressLayer(
  files: LayerFiles,
  tarBytes: number,
  how: LayerCompression,
  onTarBytes?: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const free = Math.max(1, availableParallelism() - running);
  const count = Math.min(free, Math.ceil(tarBytes / memberBytes));
  const children = Array.from(
    { length: count },
    (_, first) => new CompressChild({ files, first, count, how }),
  );
  try {
    for (let number = 0; number * memberBytes < tarBytes; number += 1) {
      yield* (children[number % count] as CompressChild).member();
      onTarBytes?.(Math.min(tarBytes, (number + 1) * memberBytes));
    }
    for (const child of children) await child.end();
  } finally {
    for (const child of children) child.kill();
  }
}

class CompressChild {
  readonly #child: ReturnType<typeof spawn>;
  readonly #closed: Promise<[number | null]>;
  readonly #output: ReadableStreamDefaultReader<Uint8Array>;
  #complaint = "";
  #pending: Uint8Array = new Uint8Array();

  constructor(task: CompressTask) {
    const pipe = makePipe(pipeBytes);
    const [program, ...args] = childCommand(compressRole, JSON.stringify(task));
    running += 1;
    this.#child = spawn(program, args, { stdio: ["ignore", pipe.writeEnd, "pipe"], env: childEnvironment() });
    closeSync(pipe.writeEnd);
    this.#closed = once(this.#child, "close") as Promise<[number | null]>;
    void this.#closed.catch(() => {}).finally(() => (running -= 1));
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      if (this.#complaint.length < 4096) this.#complaint += text;
    });
    this.#output = readPipe(pipe.readEnd).getReader();
  }

  /** The next one. */
  async *member(): AsyncGenerator<Uint8Array> {
    const header = Buffer.alloc(4);
    for (let fill = 0; fill < header.length; ) {
      const bytes = await this.#take(header.length - fill);
      header.set(bytes, fill);
      fill += bytes.length;
    }
    for (let left = header.readUInt32LE(); left > 0; ) {
      const bytes = await this.#take(left);
      left -= bytes.length;
      yield bytes;
    }
  }

  /** Throws where the child failed. */
  async end(): Promise<void> {
    const [code] = await this.#closed;
    if (code !== 0) throw this.#failure(code);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
    void this.#output.cancel().catch(() => {});
  }

  async #take(mostBytes: number): Promise<Uint8Array> {
    if (this.#pending.length === 0) {
      const { value } = await this.#output.read();
      if (value === undefined) throw this.#failure((await this.#closed)[0]);
      this.#pending = value;
    }
    const bytes = this.#pending.subarray(0, mostBytes);
    this.#pending = this.#pending.subarray(bytes.length);
    return bytes;
  }

  #failure(code: number | null): EngineError {
    return new EngineError("internal", `the layer could not be compressed: ${this.#complaint || code}`);
  }
}
