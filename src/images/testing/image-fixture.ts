import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { Background } from "../../base/background.ts";
import { Log } from "../../base/log.ts";
import { EventLog } from "../../events/event-log.ts";
import type { Digest } from "../../spec/digest.ts";
import { createBlobStore } from "../../store/blobs/blob-store.ts";
import { createPartialBlobs } from "../../store/blobs/partial-blobs.ts";
import { Database } from "../../store/db/database.ts";
import { createLayerStore } from "../../store/layers/overlay-layer-store.ts";
import { file, type Member, sha256, tarOf } from "../../store/testing/tar-of.ts";
import type { ImageUser, ProgressMessage } from "../image-service.ts";
import { createImageService, type LocalImageService } from "../local-image-service.ts";

/** The images of an engine of its own, over real layers. */
export class ImageFixture {
  readonly directory = mkdtempSync(join(tmpdir(), "gantry-images-"));
  readonly events = new EventLog();
  readonly db = new Database(join(this.directory, "test.db"));
  readonly layers = createLayerStore({ db: this.db, root: join(this.directory, "layers") });
  readonly blobs = createBlobStore(join(this.directory, "blobs"));
  readonly partials = createPartialBlobs(join(this.directory, "partial"));
  users: ImageUser[] = [];
  /** The storage budget. */
  maxBytes: number | undefined;
  /** What the builder's caches take. */
  cacheBytes = 0;
  readonly log: string[] = [];
  readonly background = new Background((what, error) => this.log.push(`${what}: ${String(error)}`));
  time = Date.parse("2026-01-01T00:00:00Z");
  readonly images: LocalImageService = createImageService({
    db: this.db,
    layers: this.layers,
    blobs: this.blobs,
    events: this.events,
    remote: {
      registry: () => Promise.reject(new Error("no registry in this test")),
      partials: this.partials,
      atOnce: () => ({ downloads: 3, uploads: 5 }),
    },
    users: () => this.users,
    budget: {
      maxBytes: () => this.maxBytes,
      caches: {
        bytesBesideLayers: () => Promise.resolve(this.cacheBytes),
        free: (bytes) => {
          const freed = Math.min(bytes, this.cacheBytes);
          this.cacheBytes -= freed;
          return Promise.resolve(freed);
        },
      },
      background: this.background,
      log: new Log("info", (line) => this.log.push(line)),
    },
    // A second later each time, so that everything has its own time.
    clock: () => new Date((this.time += 1000)),
  });

  async close(): Promise<void> {
    await this.background.idle();
    await this.layers.settled();
    this.db[Symbol.dispose]();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async import(name: string, options: { changes?: string[]; content?: string } = {}): Promise<Digest> {
    const [repository = "", tag = "latest"] = name.split(":");
    const tar = tarOf(file("name", options.content ?? name));
    return await this.images.import(
      Readable.from([tar]),
      { repository, tag, ...(options.changes && { changes: options.changes }) },
      () => {},
    );
  }

  async load(archive: Buffer): Promise<ProgressMessage[]> {
    const messages: ProgressMessage[] = [];
    await this.images.load(Readable.from([archive]), {}, (message) => messages.push(message));
    return messages;
  }

  async save(...references: string[]): Promise<Buffer> {
    return await buffer(this.images.save(references, {}));
  }

  /** Everything that the engine keeps besides its empty directories. */
  async kept(): Promise<{ layers: number; blobs: number; staging: number }> {
    await this.layers.settled();
    const count = (name: string) => readdirSync(join(this.directory, name)).length;
    return {
      layers: count("layers") - 4,
      blobs: count("blobs/sha256"),
      staging: count("layers/staging") + count("layers/trash"),
    };
  }

  actions(): string[] {
    return this.events.past().map((event) => `${event.Action} ${event.Actor?.Attributes?.["name"]}`);
  }
}

/** What a hand-made archive is made from: layers as tars, base first. */
export interface ArchiveImage {
  tags?: string[] | null;
  layers: Buffer[];
  config?: object;
}

export function configOf({ layers, config }: ArchiveImage): Buffer {
  const rootfs = { type: "layers", diff_ids: layers.map((layer) => sha256(layer)) };
  return Buffer.from(JSON.stringify({ architecture: "amd64", os: "linux", config: {}, rootfs, ...config }));
}

/** A Docker archive as `docker save` wrote it before version 25: `HEX.json` and `ID/layer.tar`. */
export function legacyArchive(images: ArchiveImage[], ...more: Member[]): Buffer {
  const members: Member[] = [];
  const manifest = images.map((image) => {
    const config = configOf(image);
    const configName = `${sha256(config).slice(7)}.json`;
    members.push(file(configName, config));
    const layers = image.layers.map((layer) => {
      const path = `${sha256(layer).slice(7, 27)}/layer.tar`;
      members.push(file(path, layer));
      return path;
    });
    return { Config: configName, RepoTags: image.tags ?? null, Layers: layers };
  });
  return tarOf(...members, ...more, file("manifest.json", JSON.stringify(manifest)));
}
