import { EngineError } from "../../base/errors.ts";
import type { BuildRequest } from "../../build/build-request.ts";
import type { BuildContext } from "../../build/context/build-context.ts";
import { dockerfileInContext } from "../../build/dockerfile-in-context.ts";
import { ClassicOutput } from "../../build/output/classic-output.ts";
import { TraceOutput } from "../../build/output/trace-output.ts";
import type { BuildSession } from "../../build/session/build-session.ts";
import type { RemoteContext } from "../../build/remote/remote-context.ts";
import { readText } from "../body/request-body.ts";
import { buildQuery } from "../build/build-query.ts";
import { namedContexts } from "../build/named-contexts.ts";
import { jsonList } from "../build/json-parameter.ts";
import { BuildStream } from "../build/build-stream.ts";
import type { Call } from "../call.ts";
import { route } from "../router.ts";
import { buildInputRoutes } from "./build-inputs.ts";

async function build(call: Call): Promise<void> {
  const query = buildQuery(call);
  await using inputs = new AsyncDisposableStack();
  const session = sessionOf(call, inputs);
  const source = await sourceOf(call, session.session);
  const { context } = inputs.use(source.lease);
  const contexts = await namedContexts(call, inputs, session.session);
  const dockerfile = await dockerfileOf(call, context, source.dockerfile);
  const ignore = call.query.string("ignore");
  const request = {
    ...query,
    dockerfile,
    context,
    contexts,
    ...session,
    ...(ignore !== "" && { ignore: jsonList(ignore) }),
  };
  const method = call.query.string("call");
  if (method === "") await stream(call, request);
  else await answer(call, method, request);
}

/** `call=…`: nothing is built. */
async function answer(call: Call, method: string, request: BuildRequest): Promise<void> {
  const messages = new BuildStream(call);
  try {
    messages.emit({ aux: { call: await call.services.builds.answer(method, request) } });
  } catch (error) {
    messages.emit({ trace: {} });
    messages.fail(error, new TraceOutput(messages.emit, request, { explainsAll: false }).failure(error));
  }
  messages.end();
}

async function stream(call: Call, request: BuildRequest): Promise<void> {
  const messages = new BuildStream(call);
  const output = outputFor(call, request, messages);
  try {
    const options = { id: call.query.string("buildid"), signal: call.signal, observer: output };
    const outcome = await call.services.builds.build(request, options);
    await output.told();
    if (call.query.bool("q")) messages.emit({ stream: `${outcome.imageId}\n` });
    else output.done(outcome);
  } catch (error) {
    await output.told();
    messages.fail(error, output.failure(error));
  }
  messages.end();
}

function outputFor(call: Call, request: BuildRequest, { emit }: BuildStream): ClassicOutput | TraceOutput {
  if (!call.query.bool("trace")) return new ClassicOutput(call.query.bool("q") ? () => {} : emit, request);
  return new TraceOutput(emit, request, { explainsAll: call.query.bool("explain") });
}

/** The context, and the Dockerfile where it came alone. */
async function sourceOf(call: Call, session: BuildSession | undefined): Promise<RemoteContext> {
  const { contexts } = call.services.buildInputs;
  const [sent, remote] = [call.query.string("context"), call.query.string("remote")];
  if (sent !== "") return { lease: contexts.take(sent) };
  if (remote === "") return { lease: await contexts.fromTar(call.pieces, call.signal) };
  const { fetchRemote } = await import("../../build/remote/remote-context.ts");
  return await fetchRemote(contexts, remote, { signal: call.signal, session });
}

function sessionOf(call: Call, inputs: AsyncDisposableStack): Pick<BuildRequest, "session"> {
  const id = call.query.string("session");
  // Docker's own clients send the id of a BuildKit session, which the classic builder has no use for.
  if (id === "" || !call.query.bool("trace")) return {};
  const { sessions } = call.services.buildInputs;
  inputs.defer(() => sessions.end(id));
  return { session: sessions.use(id) };
}

/** The one that stands in the context, or the body itself where the context was sent before. */
async function dockerfileOf(
  call: Call,
  context: BuildContext,
  alone: string | undefined,
): Promise<BuildRequest["dockerfile"]> {
  const name = call.query.string("dockerfile") || "Dockerfile";
  const isBody = call.request.headers["content-type"]?.startsWith("text/x-dockerfile") === true;
  const text = isBody
    ? await readText(call.request.headers, call.stream)
    : (alone ?? dockerfileInContext(context, name));
  return { text, name };
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
