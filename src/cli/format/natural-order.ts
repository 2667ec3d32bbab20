/** Orders names as people do: `v2` before `v10`. Runs of digits compare as numbers, the rest by code point. */
export function naturalCompare(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const order = comparePart(left[index] ?? "", right[index] ?? "");
    if (order !== 0) return order;
  }
  return left.length - right.length || compare(a, b);
}

function parts(text: string): string[] {
  return text.match(/\d+|\D/g) ?? [];
}

function comparePart(a: string, b: string): number {
  if (!/^\d/.test(a) || !/^\d/.test(b)) return compare(a, b);
  const [left, right] = [a.replace(/^0+/, ""), b.replace(/^0+/, "")];
  // Of equal numbers the one with fewer leading zeros comes first.
  return left.length - right.length || compare(left, right) || a.length - b.length;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
