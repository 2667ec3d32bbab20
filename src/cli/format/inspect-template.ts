import { decode } from "./go/decode.ts";
import { parseJson } from "./go/json-parse.ts";
import type { GoValue } from "./go/type.ts";
import { unwrap } from "./go/value.ts";
import type { Inspected, Inspector } from "./inspect.ts";
import { Template, TemplateError } from "./template/template.ts";

/** Runs the template over each object: first as Docker's struct, then as plain JSON, whose missing keys are errors. */
export class TemplateInspector implements Inspector {
  readonly #template: Template;
  #text = "";

  /** Throws TemplateError when the format does not parse. */
  constructor(format: string) {
    this.#template = new Template(format);
  }

  async add({ raw, type, value, typedOnly = false }: Inspected): Promise<string | undefined> {
    const parsed = parseJson(raw);
    const struct = type === undefined ? await value?.() : decode(parsed, await type());
    const typed = this.#run(struct, false);
    if (!(typed instanceof TemplateError)) return undefined;
    if (typedOnly) return `template parsing error: ${typed.message}`;
    const plain = this.#run(unwrap(parsed), true);
    return plain instanceof TemplateError ? `template parsing error: ${plain.message}` : undefined;
  }

  #run(value: GoValue | undefined, missingKeyIsError: boolean): TemplateError | undefined {
    try {
      this.#text += `${this.#template.execute(value, { missingKeyIsError })}\n`;
      return undefined;
    } catch (error) {
      if (error instanceof TemplateError) return error;
      throw error;
    }
  }

  text(): string {
    return this.#text === "" ? "\n" : this.#text;
  }
}
