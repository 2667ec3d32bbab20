import { EngineError, messageOf } from "../../base/errors.ts";
import type { NamedContext } from "../../build/build-request.ts";
import type { BuildSession } from "../../build/session/build-session.ts";
import type { Call } from "../call.ts";
import { jsonTexts } from "./json-parameter.ts";

/** `--build-context`: what was sent, images, and what is to be fetched, each held by `inputs`. Throws `invalid` with its name. */
export async function namedContexts(
  call: Call,
  inputs: AsyncDisposableStack,
  session: BuildSession | undefined,
): Promise<Map<string, NamedContext>> {
  const given = Object.entries(jsonTexts(call.query.string("contexts"), "contexts"));
  const named = new Map<string, NamedContext>();
  for (const [name, value] of given)
    named.set(name, await namedContext(call, value, inputs, session).catch(inName(name)));
  return named;
}

async function namedContext(
  call: Call,
  value: string,
  inputs: AsyncDisposableStack,
  session: BuildSession | undefined,
): Promise<NamedContext> {
  const { contexts } = call.services.buildInputs;
  if (value.startsWith("context:"))
    return { kind: "context", context: inputs.use(contexts.take(value.slice("context:".length))).context };
  if (value.startsWith("docker-image://"))
    return { kind: "image", reference: value.slice("docker-image://".length) };
  const { fetchRemote } = await import("../../build/remote/remote-context.ts");
  const { lease, dockerfile } = await fetchRemote(contexts, value, { signal: call.signal, session });
  inputs.use(lease);
  if (dockerfile !== undefined)
    throw new EngineError("invalid", `${value} is neither a tar nor a git repository`);
  return { kind: "context", context: lease.context };
}

function inName(name: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof EngineError) || error.kind === "cancelled") throw error;
    throw new EngineError(error.kind, `failed to get build context ${name}: ${messageOf(error)}`, error);
  };
}
