/** An object out of JSON that others wrote; an empty one where it is none. */
export function jsonObject(value: unknown): Record<string, unknown> {
  const parsed = Buffer.isBuffer(value) ? parse(value.toString()) : value;
  return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {};
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A list out of JSON that others wrote; an empty one where it is none. */
export function jsonList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
