import { readFileSync } from "node:fs";
import { EngineError, errnoOf, messageOf } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { type Option, options } from "./options.ts";
import { type Setting, type Settings, showSetting, type Ulimit } from "./settings.ts";

/** Where the configuration is read when `--config-file` names no other; it need not exist. */
export const defaultConfigFile = "/etc/gantry/daemon.json";

/** Reads daemon.json. A missing file is fine unless `required`. Throws `invalid` in dockerd's words. */
export function readConfigFile(path: string, required: boolean): Settings {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT" && !required) return new Map();
    const why = errnoOf(error) === "ENOENT" ? "no such file or directory" : messageOf(error);
    throw unusable(path, `open ${path}: ${why}`);
  }
  return parseConfig(path, text);
}

/** The settings in the text of a daemon.json; an empty file is an empty object, as for dockerd. */
export function parseConfig(path: string, text: string): Settings {
  const json = parseJson(path, text.trim() === "" ? "{}" : text);
  const settings: Settings = new Map();
  const unknown: string[] = [];
  for (const [key, value] of Object.entries(flatten(json))) {
    const option = options.find((candidate) => candidate.key === key);
    if (option === undefined) unknown.push(key);
    else settings.set(key, checkType(path, option, value));
  }
  if (unknown.length > 0) throw unusable(path, unknownMessage(unknown));
  return settings;
}

/** The same directive from flag and file is an error, except for runtimes, which add up. */
export function mergeSettings(path: string, flags: Settings, file: Settings): Settings {
  const conflicts = [...flags.keys()].filter((key) => file.has(key) && key !== "runtimes");
  if (conflicts.length > 0) {
    const shown = conflicts.map(
      (key) =>
        `${key}: (from flag: ${showSetting(flags.get(key))}, from file: ${showSetting(file.get(key))})`,
    );
    throw unusable(
      path,
      `the following directives are specified both as a flag and in the configuration file: ${shown.join(", ")}`,
    );
  }
  const merged: Settings = new Map([...file, ...flags]);
  const runtimes = { ...(file.get("runtimes") as object), ...(flags.get("runtimes") as object) };
  if (Object.keys(runtimes).length > 0) merged.set("runtimes", runtimes);
  return merged;
}

/** dockerd's frame around every complaint about the file. */
export function unusable(path: string, why: string): EngineError {
  return new EngineError("invalid", `unable to configure the engine with file ${path}: ${why}`);
}

function parseJson(path: string, text: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw unusable(path, `invalid JSON: ${messageOf(error)}`);
  }
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw unusable(path, "invalid JSON: the file must hold one object");
  return json as Record<string, unknown>;
}

/** daemon.json holds the three proxy options in an object of their own, and so those about storage. */
function flatten({ proxies, storage, ...rest }: Record<string, unknown>): Record<string, unknown> {
  const prefixed = Object.entries(isObject(storage) ? storage : {}).map(([key, value]) => [
    `storage-${key}`,
    value,
  ]);
  const unread = { ...(!isObject(proxies) && { proxies }), ...(!isObject(storage) && { storage }) };
  const given = Object.entries(unread).filter(([, value]) => value !== undefined);
  return {
    ...rest,
    ...Object.fromEntries(given),
    ...(isObject(proxies) && proxies),
    ...Object.fromEntries(prefixed),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function checkType(path: string, option: Option, value: unknown): Setting {
  const wanted = mismatch(option, value);
  if (wanted !== undefined)
    throw unusable(path, `invalid JSON: ${option.key} must be ${wanted}, not ${JSON.stringify(value)}`);
  return option.kind === "bytes" ? `${value as number}` : (value as Setting);
}

/** What the value should have been, if it is not. */
function mismatch(option: Option, value: unknown): string | undefined {
  switch (option.kind) {
    case "bool":
      return typeof value === "boolean" ? undefined : "true or false";
    case "int":
      return Number.isInteger(value) ? undefined : "a whole number";
    case "bytes":
      return typeof value === "string" || Number.isInteger(value) ? undefined : "a size";
    case "list":
      return Array.isArray(value) && value.every(isListItem) ? undefined : "a list of strings";
    case "map":
      return isRecordOf(value, (inner) => typeof inner !== "object") ? undefined : "an object of strings";
    case "runtimes":
      return isRecordOf(value, isRuntime) ? undefined : 'an object like {"NAME": {"path": "/usr/bin/NAME"}}';
    case "object":
      return isRecordOf(value, () => true) ? undefined : "an object";
    case "ulimits":
      return isRecordOf(value, isUlimit)
        ? undefined
        : 'an object like {"NAME": {"Name": "NAME", "Soft": 1, "Hard": 2}}';
    default:
      return typeof value === "string" ? undefined : "a string";
  }
}

/** default-address-pools holds objects. */
function isListItem(item: unknown): boolean {
  return typeof item === "string" || (typeof item === "object" && item !== null);
}

function isRecordOf(value: unknown, test: (inner: unknown) => boolean): boolean {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every(test)
  );
}

function isRuntime(value: unknown): boolean {
  const { path, runtimeArgs } = (value ?? {}) as { path?: unknown; runtimeArgs?: unknown };
  return typeof path === "string" && (runtimeArgs === undefined || Array.isArray(runtimeArgs));
}

function isUlimit(value: unknown): boolean {
  const { Soft, Hard } = (value ?? {}) as Partial<Ulimit>;
  return Number.isInteger(Soft) && Number.isInteger(Hard);
}

function unknownMessage(unknown: string[]): string {
  const known = options.map((option) => option.key);
  const shown = unknown.map((key) => {
    const near = nearest(key, known, Math.max(2, Math.floor(key.length / 3)));
    return near === undefined ? key : `${key} (did you mean ${near}?)`;
  });
  return `the following directives don't match any configuration option: ${shown.join(", ")}`;
}
