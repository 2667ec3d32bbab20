import { EngineError } from "../../base/errors.ts";
import type { BuildRequest } from "../../build/build-request.ts";
import type { ContextLease } from "../../build/context/build-context.ts";
import { dockerfileInContext } from "../../build/dockerfile-in-context.ts";
import { ClassicOutput } from "../../build/output/classic-output.ts";
import { buildQuery } from "../build/build-query.ts";
import { BuildStream } from "../build/build-stream.ts";
import type { Call } from "../call.ts";
import { route } from "../router.ts";
import { buildInputRoutes } from "./build-inputs.ts";

async function build(call: Call): Promise<void> {
  const query = buildQuery(call);
  await using lease = await contextOf(call);
  const name = call.query.string("dockerfile") || "Dockerfile";
  const dockerfile = { text: dockerfileInContext(lease.context, name), name };
  const request: BuildRequest = { ...query, dockerfile, context: lease.context, contexts: new Map() };
  const stream = new BuildStream(call);
  const quiet = call.query.bool("q");
  const output = new ClassicOutput(quiet ? () => {} : stream.emit);
  try {
    const options = { id: call.query.string("buildid"), signal: call.signal, observer: output };
    const outcome = await call.services.builds.build(request, options);
    await output.told();
    if (quiet) stream.emit({ stream: `${outcome.imageId}\n` });
    else output.done(outcome, request);
  } catch (error) {
    await output.told();
    stream.fail(error, output.failure(error));
  }
  stream.end();
}

async function contextOf(call: Call): Promise<ContextLease> {
  const { contexts } = call.services.buildInputs;
  const sent = call.query.string("context");
  if (sent !== "") return contexts.take(sent);
  if (call.query.string("remote") !== "")
    throw new EngineError("not-implemented", "building from a URL is not implemented yet");
  return await contexts.fromTar(call.stream, call.signal);
}

function cancel(call: Call): void {
  const id = call.query.string("id");
  if (id === "") throw new EngineError("invalid", "build ID not provided");
  call.services.builds.cancel(id);
  call.empty(204);
}

async function prune(call: Call): Promise<void> {
  const keep = call.query.int("keep-storage") ?? call.query.int("reserved-space");
  const pruned = await call.services.builds.prune({
    all: call.query.bool("all"),
    filters: call.query.filters(),
    ...(keep !== undefined && keep > 0 && { keepBytes: keep }),
  });
  call.json(200, pruned);
}

export const routes = [
  route("POST", "/build", build),
  route("POST", "/build/prune", prune),
  route("POST", "/build/cancel", cancel),
  ...buildInputRoutes,
];
