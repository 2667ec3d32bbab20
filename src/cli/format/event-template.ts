import { declare } from "./go/declare.ts";
import { decode } from "./go/decode.ts";
import { parseJson } from "./go/json-parse.ts";
import { pointerTo } from "./go/type.ts";
import { zero } from "./go/value.ts";
import { Template } from "./template/template.ts";

const eventType = declare(`
events.Type = string
events.Action = string
events.Message
  Status string status,omitempty
  ID string id,omitempty
  From string from,omitempty
  Type events.Type
  Action events.Action
  Actor events.Actor
  Scope string scope,omitempty
  Time int64 time,omitempty
  TimeNano int64 timeNano,omitempty
events.Actor
  ID string
  Attributes map[string]string
`)("events.Message");

/** Formats the JSON of events. Throws TemplateError when the template cannot be run over any. */
export function eventTemplate(format: string): (json: string) => string {
  const template = new Template(format === "json" ? "{{json .}}" : format);
  template.execute({ type: pointerTo(eventType), data: zero(eventType) });
  return (json) => template.execute(decode(parseJson(json), eventType));
}
