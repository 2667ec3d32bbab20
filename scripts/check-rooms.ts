// Room boundaries: a room imports only rooms above it in this list (ARCHITECTURE.md says why).
import { Glob } from "bun";
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const order = [
  "base",
  "spec",
  "linux",
  "store",
  "events",
  "registry",
  "runtime",
  "images",
  "networks",
  "volumes",
  "containers",
  "build",
  "api",
  "daemon",
];
/** Rooms that reach the engine over its API alone, with everything they may import besides themselves. */
const apart: Record<string, string[]> = {
  client: ["base", "spec"],
  compose: ["base", "spec", "client"],
  cli: ["base", "spec", "client", "compose"],
};
/** Rooms a room may not use although they stand above it. */
const closed: Record<string, string[]> = { build: ["containers"] };
/** Only these may name what is Bun's alone. */
const bunOnly = ["linux", "store"];

const source = join(import.meta.dirname, "..", "src");
const problems: string[] = [];
let files = 0;
for (const file of new Glob("**/*.ts").scanSync(source)) {
  files += 1;
  const room = file.split("/")[0] ?? "";
  const test = file.endsWith(".test.ts") || file.includes("/testing/");
  if (file.includes("/") && !order.includes(room) && !(room in apart))
    problems.push(`${file}: no such room: ${room}`);
  for (const match of readFileSync(join(source, file), "utf8").matchAll(
    /(?:from|import)\s*\(?\s*"([^"]+)"/g,
  )) {
    const target = match[1] ?? "";
    if (target.startsWith("bun") && !bunOnly.includes(room) && !test && file.includes("/"))
      problems.push(`${file}: imports ${target}: what is Bun's alone stays in ${bunOnly.join("/ and ")}/`);
    if (!target.startsWith(".") || !file.includes("/")) continue;
    const other = relative(source, join(source, dirname(file), target)).split("/")[0] ?? "";
    if (other !== room && !test && !allowed(room, other))
      problems.push(`${file}: room ${room} may not import ${other}`);
  }
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(`rooms: ${files} files, every import points up`);

function allowed(room: string, other: string): boolean {
  if (room in apart) return apart[room]?.includes(other) ?? false;
  if (closed[room]?.includes(other)) return false;
  return order.includes(other) && order.indexOf(other) < order.indexOf(room);
}
