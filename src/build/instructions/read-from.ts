import type { Node } from "../dockerfile/node.ts";
import { describedAs } from "./description.ts";
import { readFlags } from "./flags.ts";
import type { Stage } from "./instruction.ts";
import type { Warn } from "./lint-rules.ts";

const reserved = new Set(["context", "scratch"]);

/** Reads `FROM [--platform=P] BASE [AS name]`. Throws an Error in BuildKit's words. */
export function readFrom(node: Node, warn: Warn): Stage {
  const name = stageName(node, warn);
  const platform = readFlags(node.flags, { platform: "string" }).string("platform");
  if (platform !== undefined && !platform.includes("$") && !tellsPlatform(name, platform))
    warn("FromPlatformFlagConstDisallowed", [node.range], platform);
  checkAsCasing(node, warn);
  return {
    base: node.words[0] ?? "",
    range: node.range,
    text: node.text,
    instructions: [],
    ...(platform !== undefined && { platform }),
    ...(name !== undefined && { name, ...describedAs(node, "FROM", name, warn) }),
  };
}

/** A stage may be for one platform, if its name says so. */
function tellsPlatform(stage = "", platform: string): boolean {
  const [os = "", architecture] = platform.split("/");
  return stage.includes(os) || (architecture !== undefined && stage.includes(architecture));
}

function stageName({ words, range }: Node, warn: Warn): string | undefined {
  const [, as, written = ""] = words;
  if (words.length === 1) return undefined;
  if (words.length !== 3 || as?.toLowerCase() !== "as")
    throw new Error("FROM requires either one or three arguments");
  const name = written.toLowerCase();
  if (!/^[a-z][a-z0-9-_.]*$/.test(name))
    throw new Error(
      `invalid name for build stage: ${JSON.stringify(written)}, name can't start with a number or contain symbols`,
    );
  if (name !== written) warn("StageNameCasing", [range], written);
  if (reserved.has(name)) warn("ReservedStageName", [range], name);
  return name;
}

function checkAsCasing({ words, keyword, range }: Node, warn: Warn): void {
  const [, as] = words;
  if (as === undefined) return;
  if (casingOf(as) !== casingOf(keyword)) warn("FromAsCasing", [range], as, keyword);
}

function casingOf(word: string): "lower" | "upper" | "mixed" {
  if (word === word.toLowerCase()) return "lower";
  return word === word.toUpperCase() ? "upper" : "mixed";
}
