import { errnoOf } from "../../base/errors.ts";
import { parseCsvRecord } from "../../spec/csv.ts";
import { CommandError } from "../command.ts";
import { files } from "../files.ts";
import { openError } from "../open-error.ts";

/** One `--secret`: a value by name, from a file or a variable. */
export interface SecretSource {
  id: string;
  file?: string;
  variable?: string;
  /** Neither was named: a variable of the id's name, else a file of it. */
  guessed?: boolean;
}

/** What BuildKit takes at most. */
const mostBytes = 500 * 1024;

/** Reads `id=…[,src=…|,env=…][,type=file|env]`. Throws an Error in buildx's words. */
export function parseSecret(text: string): SecretSource {
  const fields: Record<string, string> = {};
  for (const field of parseCsvRecord(text)) {
    const [key = "", value] = field.split(/=(.*)/s, 2);
    if (value === undefined) throw new Error(`invalid field '${field}' must be a key=value pair`);
    const name = aliases[key.toLowerCase()] ?? key.toLowerCase();
    if (!["id", "type", "file", "variable"].includes(name))
      throw new Error(`unexpected key '${key}' in '${field}'`);
    fields[name] = value;
  }
  const { id = "", type, file, variable } = fields;
  if (id === "") throw new Error("secret missing ID");
  if (type !== undefined && type !== "file" && type !== "env")
    throw new Error(`unsupported secret type ${JSON.stringify(type)}`);
  // With type=env, src names the variable.
  if (type === "env") return { id, variable: variable ?? file ?? id };
  if (variable !== undefined) return { id, variable };
  if (file !== undefined) return { id, file };
  return type === "file" ? { id, file: id } : { id, guessed: true };
}

const aliases: Record<string, string> = { src: "file", source: "file", env: "variable" };

/**
 * The secret's bytes; undefined for a variable that is not set: only a step that requires it fails. Throws CommandError where there is no
 * file; no message ever holds a value.
 */
export function readSecret(
  source: SecretSource,
  env: Record<string, string | undefined>,
): Buffer | undefined {
  const { id, guessed, variable = guessed ? id : undefined } = source;
  const value = variable === undefined ? undefined : env[variable];
  if (value !== undefined) return Buffer.from(value);
  if (variable !== undefined && guessed !== true) return undefined;
  const path = source.file ?? id;
  try {
    const bytes = files().readFileSync(path);
    if (bytes.length > mostBytes)
      throw new CommandError(`secret ${id} too big. max size ${mostBytes / 1024}KB`);
    return bytes;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    if (errnoOf(error) === "ENOENT")
      throw new CommandError(`failed to stat ${path}: stat ${path}: no such file or directory`);
    throw openError(path, error);
  }
}
