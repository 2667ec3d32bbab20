import type { ClientInfo } from "../commands/system/info.ts";
import { decode } from "./go/decode.ts";
import { parseJson } from "./go/json-parse.ts";
import { Template, TemplateError } from "./template/template.ts";
import { infoTypes } from "./types/system.ts";

/** What docker exits with when the format itself is wrong. */
const badFormatCode = 64;

/** Whether the template asks for more than the client knows: it is tried on that alone. */
export function needsEngine(format: string, client: ClientInfo): boolean {
  if (!/\.[a-zA-Z]/.test(format)) return true;
  const type = infoTypes()("system.sparseInfo");
  try {
    new Template(format).execute(decode(parseJson(JSON.stringify({ ClientInfo: client })), type));
    return false;
  } catch (error) {
    if (error instanceof TemplateError) return true;
    throw error;
  }
}

/** `text` is undefined when the format does not parse. */
export function infoTemplate(
  format: string,
  engineJson: string,
  client: ClientInfo,
): { text?: string; problem?: string; exitCode: number } {
  const type = infoTypes()("system.dockerInfo");
  const members = engineJson.trim().replace(/^\{/, "").replace(/\}$/, "");
  const joined = `{${members}${members === "" ? "" : ","}"ClientInfo":${JSON.stringify(client)}}`;
  try {
    const template = parse(format);
    return typeof template === "string"
      ? { problem: template, exitCode: badFormatCode }
      : { text: template.execute(decode(parseJson(joined), type)), exitCode: 0 };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { text: error.partial, problem: error.message, exitCode: 1 };
  }
}

function parse(format: string): Template | string {
  try {
    return new Template(format === "json" ? "{{json .}}" : format);
  } catch (error) {
    if (error instanceof TemplateError) return `template parsing error: ${error.message}`;
    throw error;
  }
}
