import { dirname, isAbsolute, join } from "node:path";
import { EngineError, messageOf } from "../../base/errors.ts";
import { readTrustedKey, type TrustedKey } from "./trusted-key.ts";

/** What an image must have to be pulled, and for containers to be made from it. */
export type Requirement = "nothing" | "digest" | "signature" | "refuse";

export interface PolicyRule {
  /** See `matchesRepository`; empty for the rule of all that no other is for. */
  pattern: string;
  require: Requirement;
  /** Any one of them must have signed. */
  keys: TrustedKey[];
}

/** The first rule whose pattern matches counts. */
export interface ImagePolicy {
  file: string;
  rules: PolicyRule[];
  fallback: PolicyRule;
}

const requirements: readonly string[] = ["nothing", "digest", "signature", "refuse"] satisfies Requirement[];

/** Reads a policy. Everything is checked, keys included: what is wrong with it is better known before it matters. */
export function parsePolicy(text: string, file: string): ImagePolicy {
  const document = objectIn(parseJson(text, file), file, "the file");
  checkKeys(document, ["default", "rules"], file, "the file");
  const { default: fallback = { require: "nothing" }, rules = [] } = document;
  if (!Array.isArray(rules)) throw unusable(file, "rules must be a list");
  return {
    file,
    rules: rules.map((rule, index) => parseRule(rule, file, `rule ${index + 1}`, true)),
    fallback: parseRule(fallback, file, "default", false),
  };
}

function parseRule(value: unknown, file: string, what: string, named: boolean): PolicyRule {
  const rule = objectIn(value, file, what);
  checkKeys(rule, named ? ["repository", "require", "keys"] : ["require", "keys"], file, what);
  const { repository = "", require, keys = [] } = rule;
  if (named && (typeof repository !== "string" || repository === ""))
    throw unusable(file, `${what} names no repository: give a pattern like "registry.example.com/**"`);
  if (typeof require !== "string" || !requirements.includes(require))
    throw unusable(file, `${what} must require one of ${requirements.join(", ")}`);
  if (!Array.isArray(keys) || !keys.every((key): key is string => typeof key === "string"))
    throw unusable(file, `the keys of ${what} must be a list of files`);
  if ((require === "signature") !== keys.length > 0)
    throw unusable(
      file,
      require === "signature"
        ? `${what} requires a signature, but names no keys`
        : `${what} names keys, but requires no signature`,
    );
  return {
    pattern: repository as string,
    require: require as Requirement,
    keys: keys.map((key) => readKey(key, file)),
  };
}

/** Relative to the policy's own directory. */
function readKey(key: string, file: string): TrustedKey {
  try {
    return readTrustedKey(isAbsolute(key) ? key : join(dirname(file), key));
  } catch (error) {
    throw unusable(file, messageOf(error));
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unusable(file, `invalid JSON: ${messageOf(error)}`);
  }
}

function objectIn(value: unknown, file: string, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw unusable(file, `${what} must be an object`);
}

/** A misspelt key would be a rule that nobody keeps. */
function checkKeys(object: object, known: readonly string[], file: string, what: string): void {
  const unknown = Object.keys(object).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw unusable(
      file,
      `${what} has an unknown key ${JSON.stringify(unknown)}: known are ${known.join(", ")}`,
    );
}

export function unusable(file: string, why: string): EngineError {
  return new EngineError("invalid", `the image policy ${file} cannot be used: ${why}`);
}
