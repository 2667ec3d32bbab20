import { EngineError } from "../base/errors.ts";

/** What follows the leading slash that the API puts before every container name. */
export const containerNamePattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** The name without its slash. Throws `invalid` with dockerd's words. */
export function parseContainerName(text: string): string {
  const name = text.startsWith("/") ? text.slice(1) : text;
  if (containerNamePattern.test(name)) return name;
  throw new EngineError(
    "invalid",
    `Invalid container name (${text}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
  );
}
