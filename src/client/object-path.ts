/**
 * The path of an object by its name or id: `/volumes/NAME`. Throws in docker's words when there is no name at all, which
 * would be another path.
 */
export function objectPath(kind: "container" | "image" | "network" | "volume", name: string): string {
  const trimmed = name.trim();
  if (trimmed === "" && kind === "image") throw new Error(`Error: No such image: ${name}`);
  if (trimmed === "") throw new Error(`invalid ${kind} name or ID: value is empty`);
  return `/${kind}s/${encodeURIComponent(trimmed)}`;
}

/**
 * A path without empty segments, `.` and `..`: the docker command straightens its paths before it sends them, an
 * engine would answer with a redirect.
 */
export function straightPath(path: string): string {
  const plain = path.replaceAll(/%2F/gi, "/");
  if (!/\/(?:\.{0,2}\/|\.{0,2}$)/.test(plain)) return path;
  const kept: string[] = [];
  for (const segment of plain.split("/")) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(segment);
  }
  return `/${kept.join("/")}`;
}
