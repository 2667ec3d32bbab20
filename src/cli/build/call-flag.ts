import { parseBool } from "../../spec/boolean.ts";
import { type ParsedFlags, CommandError } from "../command.ts";

/** What `--call` asks for in place of a build. */
export interface CallFlag {
  method: "check" | "outline" | "targets";
  json: boolean;
  /** Findings do not make the command fail. */
  ignoreStatus: boolean;
}

/** Reads `--call METHOD[,format=json][,ignorestatus=BOOL]` and `--check`; undefined for a build. Throws CommandError in buildx's words. */
export function callFlag(flags: ParsedFlags): CallFlag | undefined {
  const text = flags.bool("check") ? "check" : (flags.string("call") ?? "build");
  const [method = "", ...fields] = text.split(",");
  let [json, ignoreStatus] = [false, false];
  for (const field of fields) {
    const [key, value] = field.split(/=(.*)/s, 2);
    if (value === undefined) throw new CommandError(`invalid print value: ${text}`);
    if (key === "format") json = value === "json";
    else if (key === "ignorestatus") ignoreStatus = status(value);
    else throw new CommandError(`invalid print field: ${field}`);
  }
  if (method === "build") return undefined;
  if (method === "check" || method === "lint") return { method: "check", json, ignoreStatus };
  if (method === "outline" || method === "targets") return { method, json, ignoreStatus };
  throw new CommandError(
    `invalid call method ${JSON.stringify(method)}: one of build, check, outline, targets is expected`,
  );
}

function status(value: string): boolean {
  const read = parseBool(value);
  if (read !== undefined) return read;
  throw new CommandError(
    `invalid ignorestatus print value: ${value}: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`,
  );
}
