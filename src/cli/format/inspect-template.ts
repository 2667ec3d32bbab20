import { decode } from "./go/decode.ts";
import { parseJson } from "./go/json-parse.ts";
import { unwrap } from "./go/value.ts";
import type { InspectOutput, Inspected, Inspector } from "./inspect.ts";
import { Template, TemplateError } from "./template/template.ts";

/** Runs the template over each object: first as Docker's struct, then as plain JSON, whose missing keys are errors. */
export class TemplateInspector implements Inspector {
  readonly #template: Template;
  #text = "";
  #error: string | undefined;

  /** Throws TemplateError when the format does not parse. */
  constructor(format: string) {
    this.#template = new Template(format);
  }

  async add({ raw, type }: Inspected): Promise<boolean> {
    const parsed = parseJson(raw);
    const typed = decode(parsed, await type());
    try {
      this.#text += `${this.#template.execute(typed)}\n`;
      return true;
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
    }
    try {
      this.#text += `${this.#template.execute(unwrap(parsed), { missingKeyIsError: true })}\n`;
      return true;
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      this.#error = `template parsing error: ${error.message}`;
      return false;
    }
  }

  finish(): InspectOutput {
    const text = this.#text === "" ? "\n" : this.#text;
    return { text, ...(this.#error !== undefined && { error: this.#error }) };
  }
}
