/** `name=value` of repeatable flags; a name alone has an empty value, the last of a name wins. */
export function keyValues(texts: readonly string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const text of texts) {
    const equals = text.indexOf("=");
    if (equals < 0) values[text] = "";
    else values[text.slice(0, equals)] = text.slice(equals + 1);
  }
  return values;
}
