import { posix } from "node:path";
import { EngineError } from "../../base/errors.ts";
import type { LooseLayer } from "../loose-layer.ts";
import type { TakenLayer } from "./layer-intake.ts";

/** What an image archive holds: documents in memory, layers unpacked aside, links between them. */
export class ArchiveContents {
  readonly #documents = new Map<string, Buffer>();
  readonly #layers = new Map<string, TakenLayer>();
  readonly #broken = new Map<string, EngineError>();
  readonly #links = new Map<string, string>();
  #discarded: LooseLayer[] = [];

  addDocument(path: string, bytes: Buffer): void {
    this.#forget(path);
    this.#documents.set(path, bytes);
  }

  addLayer(path: string, layer: TakenLayer): void {
    this.#forget(path);
    this.#layers.set(path, layer);
  }

  /** A file that could not be unpacked; who asks for it gets the reason. */
  addBroken(path: string, reason: EngineError): void {
    this.#forget(path);
    this.#broken.set(path, reason);
  }

  addLink(path: string, target: string): void {
    this.#forget(path);
    this.#links.set(path, target);
  }

  document(path: string): Buffer | undefined {
    const real = this.#follow(path);
    return real === undefined ? undefined : this.#documents.get(real);
  }

  /** The layer at `path`, or behind a link there: older archives link a layer to its twin. */
  layer(path: string): TakenLayer | undefined {
    const real = this.#follow(path);
    const broken = this.#broken.get(real ?? "");
    if (broken !== undefined) throw broken;
    return real === undefined ? undefined : this.#layers.get(real);
  }

  /** Gives back every layer that no image took. */
  async discard(): Promise<void> {
    const layers = [...this.#discarded, ...[...this.#layers.values()].map(({ layer }) => layer)];
    for (const layer of layers) await layer.discard();
  }

  /** A later entry of the same name is the one that counts. */
  #forget(path: string): void {
    const layer = this.#layers.get(path);
    if (layer !== undefined) this.#discarded.push(layer.layer);
    this.#documents.delete(path);
    this.#layers.delete(path);
    this.#broken.delete(path);
    this.#links.delete(path);
  }

  /** Links lead from file to file inside the archive; any other leads nowhere. */
  #follow(path: string): string | undefined {
    let at: string | undefined = insidePath(path);
    for (let hops = 0; at !== undefined; hops += 1) {
      const target = this.#links.get(at);
      if (target === undefined) return at;
      if (hops > 10) throw new EngineError("invalid", `too many links at ${path}`);
      at = target.startsWith("/") ? undefined : insidePath(posix.join(posix.dirname(at), target));
    }
    return at;
  }
}

/** The clean relative path of an entry or of a name in a document; undefined where it leads out of the archive. */
export function insidePath(path: string): string | undefined {
  const clean = posix.normalize(path).replace(/^\/+|\/+$/g, "");
  return clean === ".." || clean.startsWith("../") ? undefined : clean;
}
