/** Lines of `name number` (memory.stat, cpu.stat, cpuacct.stat). */
export function fieldsOf(text: string): Record<string, number> {
  const fields: Record<string, number> = {};
  for (const line of text.split("\n")) {
    const blank = line.indexOf(" ");
    if (blank > 0) fields[line.slice(0, blank)] = Number(line.slice(blank + 1));
  }
  return fields;
}

/** A limit; `max` is none. */
export function limitOf(text: string): number {
  const word = text.trim();
  return word === "" || word === "max" ? Infinity : Number(word);
}

/** `8:16` before the rest of a line. */
export function deviceOf(word: string): { major: number; minor: number } | undefined {
  const match = /^(\d+):(\d+)$/.exec(word);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) };
}
