import type { Stage } from "./instruction.ts";
import { EngineError, messageOf } from "../../base/errors.ts";
import { parseReference, referenceString, withDefaultTag } from "../../spec/reference.ts";
import { suggestion } from "./suggestion.ts";

/** What to say of a target that no stage is, with the nearest one. */
export function missingTarget(target: string, stages: readonly Stage[]): string {
  const names = stages.flatMap(({ name }) => name ?? []);
  return `target stage ${JSON.stringify(target)} could not be found${suggestion(target, names)}`;
}

/** An image that a stage names is not to be had. The cause is what the registry, or the name, was found to be wrong about. */
export class UnresolvedImage extends EngineError {}

/** Why a base image is not there, with the stage whose name is near: that may be what was meant. */
export function unresolved(reference: string, stages: readonly Stage[], error: unknown): UnresolvedImage {
  const kind = error instanceof EngineError ? error.kind : "internal";
  let name: string;
  try {
    name = referenceString(withDefaultTag(parseReference(reference)));
  } catch {
    const message = `failed to parse stage name ${JSON.stringify(reference)}: ${messageOf(error)}`;
    return new UnresolvedImage("invalid", message, error);
  }
  const near = suggestion(
    reference,
    stages.flatMap((stage) => stage.name ?? []),
  );
  const message = `${reference}: failed to resolve source metadata for ${name}: ${messageOf(error)}${near}`;
  return new UnresolvedImage(kind, message, error);
}
