import type { BuildMessage } from "../../spec/api/build.ts";
import type { ProgressPrinter } from "./progress/progress-printer.ts";
import { SolveError } from "./solve-error.ts";

/** What a build left. */
export interface BuildResult {
  imageId?: string;
  metadata: Record<string, unknown>;
  /** To be fetched from the engine, in the order of `--output`. */
  outputs: string[];
  /** Caches likewise, in the order of those of `--cache-to` that go to folders. */
  caches: string[];
  call?: { json: unknown; failed: boolean };
}

/** Shows a build's stream to its end. Throws SolveError for the failure it tells of. */
export async function followBuild(
  messages: AsyncIterable<BuildMessage>,
  printer: ProgressPrinter,
): Promise<BuildResult> {
  const result: BuildResult = { metadata: {}, outputs: [], caches: [] };
  for await (const message of messages) {
    const { aux, trace, errorDetail, error = errorDetail?.message } = message;
    if (error !== undefined) throw new SolveError(errorDetail?.message ?? error, errorDetail?.source);
    if (trace !== undefined) printer.trace(trace);
    if (aux?.ID !== undefined) result.imageId = aux.ID;
    if (aux?.metadata !== undefined) Object.assign(result.metadata, aux.metadata);
    if (aux?.output !== undefined) result.outputs.push(aux.output);
    if (aux?.cache !== undefined) result.caches.push(aux.cache);
    if (aux?.call !== undefined) result.call = aux.call;
    const text = textOf(message);
    if (text !== "") printer.text(text);
  }
  return result;
}

/** What an engine without trace prints. */
function textOf({ stream, status, id, progress }: BuildMessage): string {
  if (stream !== undefined) return stream;
  // A pull within the build: its bars are for terminals.
  if (status === undefined || progress !== undefined) return "";
  return `${id === undefined ? "" : `${id}: `}${status}\n`;
}
