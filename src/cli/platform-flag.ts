import { messageOf } from "../base/errors.ts";
import { parsePlatform } from "../spec/platform.ts";
import { CommandError } from "./command.ts";

/** A platform as the API takes it in a query, as JSON. Throws docker's words. */
export function platformQuery(
  text: string | undefined,
): { os: string; architecture: string; variant?: string } | undefined {
  if (text === undefined || text === "") return undefined;
  try {
    const { os, architecture, variant } = parsePlatform(text);
    return { os, architecture, ...(variant && { variant }) };
  } catch (error) {
    throw new CommandError(`invalid platform: ${messageOf(error)}`);
  }
}
