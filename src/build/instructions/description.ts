import type { Node } from "../dockerfile/node.ts";
import type { Warn } from "./lint-rules.ts";

/** What the comments right above an instruction say of the `name` it defines: `# name what it is`. */
export function describedAs(
  { comments, range }: Node,
  instruction: string,
  name: string,
  warn?: Warn,
): { description?: string } {
  const line = comments.find((comment) => comment.startsWith(`${name} `));
  if (line !== undefined) return { description: line.slice(name.length + 1) };
  if (comments.length > 0) warn?.("InvalidDefinitionDescription", [range], instruction, name);
  return {};
}
