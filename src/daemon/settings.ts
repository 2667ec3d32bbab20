import { EngineError } from "../base/errors.ts";
import type { Option } from "./options.ts";

export interface RuntimeSetting {
  path: string;
  runtimeArgs?: string[];
}

export interface Ulimit {
  Name: string;
  Soft: number;
  Hard: number;
}

export type Setting =
  | boolean
  | string
  | number
  | string[]
  | Record<string, string>
  | Record<string, RuntimeSetting>
  | Record<string, Ulimit>
  | Record<string, unknown>;

/** Values by daemon.json key. Only what somebody set. */
export type Settings = Map<string, Setting>;

/** Adds one use of a flag: repeatable kinds grow, others are replaced. Throws `invalid` on a malformed value. */
export function addFlagValue(settings: Settings, option: Option, text: string): void {
  const before = settings.get(option.key);
  switch (option.kind) {
    case "bool":
      settings.set(option.key, parseBool(option, text));
      return;
    case "int":
      settings.set(option.key, parseInteger(option, text));
      return;
    case "list":
      settings.set(option.key, [...((before as string[] | undefined) ?? []), text]);
      return;
    case "map":
    case "runtimes":
    case "ulimits":
      settings.set(option.key, {
        ...(before as Record<string, never> | undefined),
        ...(parsePair(option, text) as Record<string, never>),
      });
      return;
    default:
      settings.set(option.key, text);
  }
}

/** `soft[:hard]`, the hard limit being the soft one where it is left out; -1 is unlimited. */
export function parseUlimit(name: string, text: string): Ulimit {
  const [soft = "", hard = soft] = text.split(":");
  if (!/^-?\d+$/.test(soft) || !/^-?\d+$/.test(hard))
    throw new EngineError("invalid", `invalid ulimit argument: ${name}=${text}`);
  if (Number(hard) !== -1 && (Number(soft) === -1 || Number(soft) > Number(hard)))
    throw new EngineError(
      "invalid",
      `ulimit soft limit must be less than or equal to hard limit: ${soft} > ${hard}`,
    );
  return { Name: name, Soft: Number(soft), Hard: Number(hard) };
}

/** As Docker's conflict error shows a value. */
export function showSetting(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(String).join(" ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return `map[${Object.entries(value)
    .map(([key, inner]) => `${key}:${showSetting(inner)}`)
    .join(" ")}]`;
}

function parseBool(option: Option, text: string): boolean {
  if (["1", "t", "T", "true", "TRUE", "True"].includes(text)) return true;
  if (["0", "f", "F", "false", "FALSE", "False"].includes(text)) return false;
  throw malformed(option, text, "must be true or false");
}

function parseInteger(option: Option, text: string): number {
  if (!/^-?\d+$/.test(text)) throw malformed(option, text, "must be a whole number");
  return Number(text);
}

function parsePair(
  option: Option,
  text: string,
): Record<string, string> | Record<string, RuntimeSetting> | Record<string, Ulimit> {
  const split = text.indexOf("=");
  if (split < 1) throw malformed(option, text, "must be key=value");
  const [key, value] = [text.slice(0, split), text.slice(split + 1)];
  if (option.kind === "runtimes") return { [key]: { path: value } };
  if (option.kind === "ulimits") return { [key]: parseUlimit(key, value) };
  return { [key]: value };
}

function malformed(option: Option, text: string, why: string): EngineError {
  return new EngineError(
    "invalid",
    `invalid argument ${JSON.stringify(text)} for "--${option.flag}" flag: ${why}`,
  );
}
