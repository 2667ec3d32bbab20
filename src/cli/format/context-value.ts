import type { ContextMeta } from "../context/store.ts";
import { decode } from "./go/decode.ts";
import { encodeString } from "./go/json-encode.ts";
import { inInterface, parseJson } from "./go/json-parse.ts";
import type { GoValue } from "./go/type.ts";
import { zero } from "./go/value.ts";
import { contextTypes } from "./types/context.ts";

export type ShownContext = ContextMeta & {
  TLSMaterial: Record<string, string[]>;
  Storage: { MetadataPath: string; TLSPath: string };
};

/** A context as docker's template sees it. */
export function contextValue(context: ShownContext): GoValue {
  const value = decode(parseJson(JSON.stringify(context)), contextTypes("context.contextWithTLSListing"));
  const metadata = (value.data as Map<string, GoValue>).get("Metadata")?.data as Map<string, GoValue>;
  const endpointType = contextTypes("context.EndpointMetaBase");
  // Endpoints are of any type in the struct; docker has put its own there.
  const endpoints = Object.entries(context.Endpoints).map(([name, endpoint]): [string, GoValue] => [
    name,
    inInterface(decode(parseJson(JSON.stringify(endpoint)), endpointType)),
  ]);
  metadata.set("Endpoints", { type: contextTypes("map[string]any"), data: new Map(endpoints) });
  metadata.set("Metadata", metadataValue(context.Metadata));
  return value;
}

function metadataValue(metadata: ContextMeta["Metadata"]): GoValue {
  const { Description = "", ...others } = metadata;
  const type = contextTypes("command.DockerContext");
  const { data } = zero(type);
  const fields = data as Map<string, GoValue>;
  const additional = parseJson(JSON.stringify(others)).data as GoValue;
  fields.set("Description", { type: contextTypes("string"), data: Description });
  fields.set("AdditionalFields", { type: contextTypes("map[string]any"), data: additional.data });
  const members = Object.keys(metadata)
    .sort()
    .map((name) => `${encodeString(name, false)}:${JSON.stringify(metadata[name])}`);
  return { type: { ...type, marshal: () => `{${members.join(",")}}` }, data: fields };
}
