/**
 * Orders names as docker's lists do: `v2` before `v10`, and a digit before any other character. Of equal numbers the one
 * with fewer leading zeros comes first.
 */
export function naturalCompare(a: string, b: string): number {
  let [left, right] = [0, 0];
  while (left < a.length && right < b.length) {
    const [first, second] = [digitsAt(a, left), digitsAt(b, right)];
    if ((first === "") !== (second === "")) return first === "" ? 1 : -1;
    const order = first === "" ? compare(a[left] ?? "", b[right] ?? "") : compareNumbers(first, second);
    if (order !== 0) return order;
    left += first.length || 1;
    right += second.length || 1;
  }
  return a.length - left - (b.length - right);
}

function digitsAt(text: string, at: number): string {
  return /^\d+/.exec(text.slice(at))?.[0] ?? "";
}

function compareNumbers(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+/, ""), b.replace(/^0+/, "")];
  return left.length - right.length || compare(left, right) || a.length - b.length;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
