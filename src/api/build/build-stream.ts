import { EngineError } from "../../base/errors.ts";
import type { BuildErrorDetail, BuildMessage } from "../../spec/api/build.ts";
import type { Call } from "../call.ts";
import { toHttpError } from "../http-error.ts";
import type { Writable } from "node:stream";

/**
 * The JSON lines of a build. The header leaves with the first of them: what fails before that gets its own status.
 */
export class BuildStream {
  readonly #call: Call;
  #output: Writable | undefined;

  constructor(call: Call) {
    this.#call = call;
  }

  readonly emit = (message: BuildMessage): void => {
    this.#output ??= this.#call.open("application/json");
    this.#output.write(`${JSON.stringify(message)}\n`);
  };

  /** Tells a failure in the stream. Throws it where nothing was sent yet. */
  fail(error: unknown, detail: BuildErrorDetail): void {
    if (this.#output === undefined || this.#call.signal.aborted) throw error;
    if (!(error instanceof EngineError) && toHttpError(error).unclassified)
      this.#call.log.error("build failed", error, { url: this.#call.request.url });
    this.emit({ errorDetail: detail, error: detail.message });
  }

  end(): void {
    this.#output ??= this.#call.open("application/json");
    this.#output.end();
  }
}
