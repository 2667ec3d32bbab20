import { expandLogTag } from "../spec/log-tag.ts";
import type { Container } from "./container.ts";

/** What the options `labels`, `labels-regex`, `env`, `env-regex` and `tag` attach to each line of a container's log. */
export function logAttributes(container: Container): Record<string, string> {
  const options = container.hostConfig.LogConfig?.Config ?? {};
  const { tag } = options;
  return {
    ...chosen(container.config.Labels ?? {}, options.labels, options["labels-regex"]),
    ...chosen(variables(container), options.env, options["env-regex"]),
    ...(tag === undefined || tag === "" ? {} : { tag: logTag(container, tag) }),
  };
}

/** A container's `tag`, where it has one, else `otherwise`, filled in. */
export function logTag({ id, name, imageId, config, args }: Container, tag: string): string {
  return expandLogTag(tag, { id, name, imageId, imageName: config.Image ?? "", args });
}

/** As `logs --details` shows them: sorted, encoded as in a query. */
export function detailsText(attributes: Record<string, string>): string {
  return Object.entries(attributes)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map((pair) => pair.map(queryEscaped).join("="))
    .join(",");
}

/** Those named in a list by commas, and those whose names match. */
function chosen(values: Record<string, string>, list: string | undefined, pattern: string | undefined) {
  const names = new Set((list ?? "").split(","));
  const matches = pattern ? new RegExp(pattern) : undefined;
  return Object.fromEntries(
    Object.entries(values).filter(([name]) => names.has(name) || matches?.test(name) === true),
  );
}

function variables({ config }: Container): Record<string, string> {
  const pairs = (config.Env ?? []).filter((each) => each.includes("="));
  return Object.fromEntries(
    pairs.map((each) => [each.slice(0, each.indexOf("=")), each.slice(each.indexOf("=") + 1)]),
  );
}

function queryEscaped(text: string): string {
  return encodeURIComponent(text)
    .replaceAll("%20", "+")
    .replace(/[!'()*]/g, percent);
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
