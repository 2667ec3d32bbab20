// What `inspect` prints: JSON, or a template run over Docker's struct and, where that fails, over the JSON itself.
import { indentJson } from "./indent-json.ts";
import type { GoType, GoValue } from "./go/type.ts";

/** Loads Docker's type of a kind of object. */
export type LoadType = () => Promise<GoType>;

/** One inspected object: its JSON as the engine sent it. */
export interface Inspected {
  raw: string;
  /** Docker's struct of it, which the JSON is decoded into; or the struct itself. */
  type?: LoadType;
  value?: () => Promise<GoValue>;
  /** The template sees the struct alone: docker keeps no JSON of this kind to fall back on. */
  typedOnly?: boolean;
}

export const inspectTypes = {
  container: async () => (await import("./types/container.ts")).containerInspectType(),
  image: async () => (await import("./types/image.ts")).imageInspectType(),
  network: async () => (await import("./types/network.ts")).networkInspectType(),
  volume: async () => (await import("./types/volume.ts")).volumeInspectType(),
} satisfies Record<string, LoadType>;

/** Collects what `inspect` prints, one object after the other. */
export interface Inspector {
  /** Answers what is wrong with the template for this object, if anything. */
  add(object: Inspected): Promise<string | undefined>;
  text(): string;
}

/** Throws TemplateError when the format is no template. */
export async function createInspector(format: string): Promise<Inspector> {
  if (format === "" || format === "json") return new JsonInspector(format === "");
  const { TemplateInspector } = await import("./inspect-template.ts");
  return new TemplateInspector(format);
}

class JsonInspector implements Inspector {
  readonly #objects: string[] = [];
  readonly #indented: boolean;

  constructor(indented: boolean) {
    this.#indented = indented;
  }

  add({ raw }: Inspected): Promise<undefined> {
    this.#objects.push(raw.trim());
    return Promise.resolve(undefined);
  }

  text(): string {
    const list = `[${this.#objects.join(",")}]`;
    return `${this.#indented ? indentJson(list, "    ") : list}\n`;
  }
}
