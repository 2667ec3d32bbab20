import { EngineError } from "../base/errors.ts";

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

/** A log's `tag` with its fields (`{{.Name}}`) filled in. Throws `invalid` for what is no field. */
export function expandLogTag(tag: string, of: LogTagFields): string {
  if (tag.replace(/\{\{.*?\}\}/gs, "").includes("{{")) throw invalid("template: log-tag:1: unclosed action");
  return tag.replace(/\{\{-?\s*(.*?)\s*-?\}\}/gs, (_whole, expression: string) => {
    const value = fields[expression.replace(/^\./, "")];
    if (value === undefined || !expression.startsWith(".")) throw unknownField(expression);
    return value(of);
  });
}

/** Whether `expandLogTag` will take it. */
export function checkLogTag(tag: string): void {
  expandLogTag(tag, { id: "", name: "", imageId: "", imageName: "", args: [] });
}

function unknownField(expression: string): EngineError {
  const known = Object.keys(fields).map((name) => `.${name}`);
  return invalid(`template: log-tag:1: can't evaluate ${expression}: a tag may name ${known.join(", ")}`);
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
