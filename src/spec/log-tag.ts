import { EngineError, messageOf } from "../base/errors.ts";
import { evaluateTag } from "./log-tag-expression.ts";

/** What a `tag` option may name of a container. */
export interface LogTagFields {
  id: string;
  /** Without a slash. */
  name: string;
  imageId: string;
  imageName: string;
  /** Entrypoint and command. */
  args: string[];
}

const shortLength = 12;
const fields: Record<string, (of: LogTagFields) => string> = {
  ID: ({ id }) => id.slice(0, shortLength),
  FullID: ({ id }) => id,
  Name: ({ name }) => name,
  ImageID: ({ imageId }) => imageId.replace(/^sha256:/, "").slice(0, shortLength),
  ImageFullID: ({ imageId }) => imageId,
  ImageName: ({ imageName }) => imageName,
  Command: ({ args }) => args.join(" "),
  DaemonName: () => "docker",
};

/** An action, with the white space that its dashes take along. */
const action = /(?:\s*\{\{-\s|\{\{)(.*?)(?:\s-\}\}\s*|\}\})/gs;

/** A log's `tag` with its expressions (`{{.Name}}`, `{{.ID | upper}}`) filled in. Throws `invalid` for what is none. */
export function expandLogTag(tag: string, of: LogTagFields): string {
  if (tag.replace(action, "").includes("{{")) throw invalid("template: log-tag:1: unclosed action");
  const valueOf = (name: string) => (Object.hasOwn(fields, name) ? fields[name]?.(of) : undefined);
  return tag.replace(action, (_whole, expression: string) => text(expression, valueOf));
}

/** Whether `expandLogTag` will take it. */
export function checkLogTag(tag: string): void {
  expandLogTag(tag, { id: "", name: "", imageId: "", imageName: "", args: [] });
}

function text(expression: string, valueOf: (name: string) => string | undefined): string {
  try {
    const value = evaluateTag(expression, valueOf);
    return Array.isArray(value) ? `[${value.join(" ")}]` : String(value);
  } catch (error) {
    if (!messageOf(error).includes("can't evaluate")) throw error;
    const known = Object.keys(fields).map((name) => `.${name}`);
    throw invalid(`${messageOf(error)}: a tag may name ${known.join(", ")}`);
  }
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
