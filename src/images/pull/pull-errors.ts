import { EngineError, messageOf } from "../../base/errors.ts";
import { RegistryError } from "../../registry/registry-error.ts";
import { remoteError } from "../remote-error.ts";
import { familiarName, familiarString, type Reference } from "../../spec/reference.ts";

/** What a registry's refusal of `reference` means to the user, in dockerd's words and with its status. */
export function pullError(error: unknown, reference: Reference): unknown {
  const said = refusal(error, reference);
  if (!(said instanceof EngineError) || reference.path !== "moby/buildkit") return said;
  return new EngineError(said.kind, said.message + buildxHint, said);
}

/** buildx pulls it unasked where an engine does not speak BuildKit's own protocol, to run it as a container. */
const buildxHint =
  ". Docker's buildx wants to run BuildKit in a container here; set DOCKER_BUILDKIT=0 to have this engine build";

function refusal(error: unknown, reference: Reference): unknown {
  const meaning = error instanceof RegistryError ? meaningOf(error, reference) : undefined;
  if (meaning === undefined) return remoteError(error);
  return new EngineError("not-found", `${meaning}: ${messageOf(error)}`, error);
}

function meaningOf({ code, status }: RegistryError, reference: Reference): string | undefined {
  if (code === "DENIED" || (code === "" && status === 403))
    return `pull access denied for ${familiarName(reference)}, repository does not exist or may require 'docker login'`;
  if (code === "NAME_UNKNOWN") return `repository ${familiarName(reference)} not found`;
  if (code === "MANIFEST_UNKNOWN" || (code === "" && status === 404))
    return `manifest for ${familiarString(reference)} not found`;
  return undefined;
}
