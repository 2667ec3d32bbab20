// encoding/json: what a Go value marshals to.
import { formatFloat } from "./float.ts";
import type { GoValue } from "./type.ts";
import { numberType } from "./type.ts";
import { compareBytes, elementsOf, isTrue, sortedEntries, stringOf, unwrap, zero } from "./value.ts";

/** `escapeHtml` writes `<`, `>` and `&` as \u003c, \u003e and \u0026, as json.Marshal does. */
export function encodeJson(value: GoValue | undefined, escapeHtml: boolean): string {
  const target = unwrap(value);
  if (target === undefined) return "null";
  if (target.type.marshal !== undefined) return target.type.marshal(target);
  switch (target.type.kind) {
    case "string":
      return target.type === numberType
        ? stringOf(target) || "0"
        : encodeString(stringOf(target), escapeHtml);
    case "float":
      return encodeFloat(target.data as number);
    case "bool":
    case "int":
    case "uint":
      return String(target.data);
    case "pointer":
      return target.data === null ? "null" : encodeJson(target.data as GoValue, escapeHtml);
    case "slice":
    case "array":
      if (target.data === null) return "null";
      return `[${elementsOf(target)
        .map((item) => encodeJson(item, escapeHtml))
        .join(",")}]`;
    case "map":
      return encodeMap(target, escapeHtml);
    case "struct":
      return `{${structMembers(target, escapeHtml).join(",")}}`;
    default:
      return "null";
  }
}

function encodeMap(map: GoValue, escapeHtml: boolean): string {
  if (map.data === null) return "null";
  const members = sortedEntries(map).map(
    ([key, item]) => `${encodeString(key, escapeHtml)}:${encodeJson(item, escapeHtml)}`,
  );
  return `{${members.join(",")}}`;
}

function structMembers(struct: GoValue, escapeHtml: boolean): string[] {
  const data = struct.data as Map<string, GoValue>;
  return (struct.type.fields ?? []).flatMap((field) => {
    const value = data.get(field.name) ?? zero(field.type);
    if (field.embedded && field.json === field.name) return embeddedMembers(value, escapeHtml);
    if (field.json === "" || (field.omitEmpty && isEmpty(value))) return [];
    return [`${encodeString(field.json, escapeHtml)}:${encodeJson(value, escapeHtml)}`];
  });
}

function embeddedMembers(value: GoValue, escapeHtml: boolean): string[] {
  const target = value.type.kind === "pointer" ? (value.data as GoValue | null) : value;
  return target === null ? [] : structMembers(target, escapeHtml);
}

/** `omitempty` leaves out what `if` finds false, but never a struct. */
function isEmpty(value: GoValue): boolean {
  if (value.type.kind === "interface" || value.type.kind === "pointer") return value.data === null;
  return !isTrue(value);
}

function encodeFloat(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-6 || magnitude >= 1e21))
    return formatFloat(value, "e", -1).replace(/e-0(\d)$/, "e-$1");
  return formatFloat(value, "f", -1);
}

const shortEscapes: Record<string, string> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

export function encodeString(text: string, escapeHtml: boolean): string {
  const pattern = escapeHtml ? /["\\\u0000-\u001f<>&\u2028\u2029]/g : /["\\\u0000-\u001f\u2028\u2029]/g;
  const escaped = text
    .toWellFormed()
    .replace(
      pattern,
      (character) =>
        shortEscapes[character] ?? `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
    );
  return `"${escaped}"`;
}

/** A flat object, encoded with its keys sorted. */
export function encodeFlat(
  entries: Readonly<Record<string, string | boolean | null>>,
  escapeHtml: boolean,
): string {
  const members = Object.entries(entries)
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([key, value]) => {
      const text = typeof value === "string" ? encodeString(value, escapeHtml) : String(value);
      return `${encodeString(key, escapeHtml)}:${text}`;
    });
  return `{${members.join(",")}}`;
}
