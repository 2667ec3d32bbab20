import type { Dockerfile } from "../instructions/instruction.ts";
import { locationOf, type SourceLocation } from "./check.ts";

/** One stage that can be built, in BuildKit's form. */
export interface TargetAnswer {
  name?: string;
  default?: true;
  description?: string;
  base: string;
  platform?: string;
  location: SourceLocation;
}

export interface TargetsAnswer {
  targets: TargetAnswer[];
  /** Base64. */
  sources: string[];
}

/** The answer of `call=targets`: every stage; the last one is built by default. */
export function targetsAnswer({ stages }: Dockerfile, text: string): TargetsAnswer {
  const targets = stages.map(
    ({ name, description, base, platform, range }, index): TargetAnswer => ({
      ...(name !== undefined && { name }),
      ...(index === stages.length - 1 && { default: true }),
      ...(description !== undefined && { description }),
      base,
      ...(platform !== undefined && { platform }),
      location: locationOf([range]),
    }),
  );
  return { targets, sources: [Buffer.from(text).toString("base64")] };
}
