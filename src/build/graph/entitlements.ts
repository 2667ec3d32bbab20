import { EngineError } from "../../base/errors.ts";
import type { BuildRequest } from "../build-request.ts";
import type { RunInstruction } from "../instructions/instruction.ts";

/**
 * What a Dockerfile may ask for only if whoever builds it has said so (`--allow`): who may build may run privileged containers, too, but
 * a Dockerfile of somebody else's must not decide that. Throws `forbidden` in BuildKit's words.
 */
export function checkEntitlements(
  { network, security }: RunInstruction,
  request: Pick<BuildRequest, "entitlements" | "network">,
): void {
  const allowed = (name: string) => request.entitlements.includes(name);
  if (security === "insecure" && !allowed("security.insecure")) throw notAllowed("security.insecure");
  // Who gives the whole build the host's network means its steps.
  if (network === "host" && request.network !== "host" && !allowed("network.host"))
    throw notAllowed("network.host");
}

function notAllowed(name: string): EngineError {
  return new EngineError("forbidden", `${name} is not allowed: build with --allow ${name}`);
}
