import { EngineError } from "../../base/errors.ts";
import { decompress } from "../../store/archive/decompress.ts";
import type { TarEntry } from "../../store/archive/tar-entry.ts";
import { type TarHandler, TarReader } from "../../store/archive/tar-reader.ts";
import type { ContextEntry } from "./build-context.ts";
import type { ContentStore, ContentWriter } from "./content-store.ts";
import { contextPath, ContextTree } from "./context-tree.ts";

/** Reads a context from a tar, compressed or not: contents into the store, the rest into a tree. Throws `invalid`. */
export async function readTarContext(
  source: AsyncIterable<Uint8Array>,
  store: ContentStore,
  signal: AbortSignal,
): Promise<ContextTree> {
  const handler = new ContextHandler(store);
  const reader = new TarReader(handler);
  try {
    for await (const chunk of decompress(source)) {
      signal.throwIfAborted();
      reader.write(chunk);
    }
    reader.end();
    return handler.tree;
  } finally {
    handler.discard();
  }
}

class ContextHandler implements TarHandler {
  readonly tree = new ContextTree();
  readonly #store: ContentStore;
  #file: { entry: TarEntry; writer: ContentWriter } | undefined;

  constructor(store: ContentStore) {
    this.#store = store;
  }

  entry(entry: TarEntry): void {
    if (entry.type === "file")
      this.#file = { entry: { ...entry, name: Buffer.from(entry.name) }, writer: this.#store.writer() };
    else this.tree.add(this.#entryOf(entry));
  }

  content(bytes: Buffer, offset: number): void {
    this.#file?.writer.write(bytes, offset);
  }

  entryEnd(): void {
    if (this.#file === undefined) return;
    const { entry, writer } = this.#file;
    this.#file = undefined;
    this.tree.add({ kind: "file", ...commonOf(entry), ...writer.finish(entry.sizeBytes) });
  }

  discard(): void {
    this.#file?.writer.discard();
  }

  #entryOf(entry: TarEntry): ContextEntry {
    const common = commonOf(entry);
    switch (entry.type) {
      case "directory":
        return { kind: "directory", ...common };
      case "symlink":
        return { kind: "symlink", ...common, target: entry.linkName.toString() };
      case "hardlink":
        return this.#linkOf(common.path, contextPath(entry.linkName.toString()));
      default:
        throw new EngineError(
          "invalid",
          `the context holds a ${specialNames[entry.type] ?? "special file"}: ${common.path}`,
        );
    }
  }

  /** A second name of a file that came before. */
  #linkOf(path: string, first: string): ContextEntry {
    const found = this.tree.get(first);
    if (found?.kind !== "file")
      throw new EngineError("invalid", `the context links ${path} to ${first}, which is no file before it`);
    return { ...found, path };
  }
}

const specialNames: Record<string, string> = { char: "device", block: "device", fifo: "fifo" };

function commonOf({ name, mode, modified }: TarEntry): { path: string; mode: number; mtimeNs: bigint } {
  const mtimeNs = BigInt(modified.seconds) * 1_000_000_000n + BigInt(modified.nanoseconds);
  return { path: contextPath(name.toString()), mode, mtimeNs };
}
