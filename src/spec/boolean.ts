const words: Record<string, boolean> = { "1": true, t: true, true: true, "0": false, f: false, false: false };

/** Go's strconv.ParseBool: 1, t, T, true, True, TRUE and their opposites; undefined for anything else. */
export function parseBool(text: string): boolean | undefined {
  const canonical = [
    text.toLowerCase(),
    text.toUpperCase(),
    `${text.charAt(0)}${text.slice(1).toLowerCase()}`,
  ];
  return canonical.includes(text) ? words[text.toLowerCase()] : undefined;
}
