import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Driver } from "../support/driver.ts";
import { busyboxTar } from "../support/images.ts";
import { runPrefix } from "../support/paths.ts";
import { base, type BuildCase } from "./build-case.ts";
import { changedFrom, filesOf, type ImageFacts, imageFacts } from "./snapshot.ts";

/** One builder: gantry's command on its engine, or BuildKit. */
export class Side {
  readonly #driver: Driver;
  readonly #build: string[];
  #base: Record<string, string> = {};

  constructor(driver: Driver, build: string[]) {
    this.#driver = driver;
    this.#build = build;
  }

  /** The same on both sides: it stands in Dockerfiles that are copied. */
  readonly baseName = "gt-differential-base:1";

  async prepare(): Promise<void> {
    const path = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    await this.#driver.ok("import", "-c", 'CMD ["sh"]', "-c", path, await busyboxTar(), this.baseName);
    this.#base = filesOf(new Uint8Array(await Bun.file(await busyboxTar()).arrayBuffer()));
  }

  /** Builds a case, and tells what came of it. */
  async facts(each: BuildCase): Promise<ImageFacts> {
    const directory = mkdtempSync(join(tmpdir(), `${runPrefix}differential-`));
    const tag = this.#driver.own(each.name.replaceAll(/[^a-z0-9]/g, "-"));
    try {
      const context = join(directory, "context");
      layContext(context, each, this.baseName);
      const given = (each.flags ?? []).map((flag) =>
        flag.replace("CONTEXT", context).replaceAll(base, this.baseName),
      );
      const flags = [...given, context];
      await this.#driver.ok(...this.#build, "-t", tag, ...flags);
      const tar = join(directory, "out.tar");
      await this.#driver.ok(...this.#build, "--output", `type=tar,dest=${tar}`, ...flags);
      const facts = await imageFacts(this.#driver, tag, new Uint8Array(await Bun.file(tar).arrayBuffer()));
      const history = facts.history.map((line) => line.replaceAll(this.baseName, base));
      return { ...facts, history, files: changedFrom(this.#base, facts.files) };
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }

  async clean(): Promise<void> {
    const tags = (await this.#driver.ok("images", "--format", "{{.Repository}}:{{.Tag}}")).split("\n");
    const own = tags.filter((tag) => tag.startsWith(this.#driver.prefix) || tag === this.baseName);
    if (own.length > 0) await this.#driver.ok("rmi", "-f", ...own);
  }
}

/** Both sides must see the same times, or BuildKit would take one case's file for another's. */
function layContext(
  directory: string,
  { files = {}, modes = {}, dockerfile }: BuildCase,
  image: string,
): void {
  mkdirSync(directory);
  writeFileSync(join(directory, "Dockerfile"), dockerfile.replaceAll(base, image));
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(name.endsWith("/") ? path : dirname(path), { recursive: true });
    if (typeof content === "string" && content.startsWith("-> ")) symlinkSync(content.slice(3), path);
    else if (!name.endsWith("/")) writeFileSync(path, content, { mode: 0o644 });
  }
  for (const [name, mode] of Object.entries(modes)) chmodSync(join(directory, name), mode);
}
