import type { SystemVersion } from "../../spec/api/system.ts";
import type { ClientVersion } from "../client-version.ts";
import { decode } from "./go/decode.ts";
import { parseJson } from "./go/json-parse.ts";
import type { GoValue } from "./go/type.ts";
import { entriesOf, fieldOf, goStrings } from "./go/value.ts";
import { Template, TemplateError } from "./template/template.ts";
import type { TemplateFunction } from "./template/function.ts";
import { versionType } from "./types/system.ts";

/** Throws TemplateError when the format does not parse. */
export function versionTemplate(
  format: string,
): (client: ClientVersion, server: SystemVersion | undefined) => { text: string; problem?: string } {
  const type = versionType();
  const component = type.fields?.[1]?.type.elem?.fields?.find(({ name }) => name === "Components")?.type.elem;
  const functions = new Map<string, TemplateFunction>();
  if (component !== undefined)
    functions.set("getDetailsOrder", {
      params: [component],
      call: ([value]) => goStrings(detailNames(value as GoValue)),
    });
  const template = new Template(format === "json" ? "{{json .}}" : format, { name: "version", functions });
  return (client, server) => {
    const value = decode(parseJson(JSON.stringify({ Client: client, Server: server ?? null })), type);
    try {
      return { text: template.execute(value) };
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      return { text: error.partial, problem: error.message };
    }
  };
}

function detailNames(component: GoValue): string[] {
  const details = fieldOf(component, "Details")?.value;
  return details === undefined ? [] : [...entriesOf(details).keys()].sort();
}
