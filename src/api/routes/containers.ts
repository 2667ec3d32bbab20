import { EngineError } from "../../base/errors.ts";
import type { WaitCondition } from "../../containers/container-service.ts";
import { createBody, hasConfig, updateBody } from "../body/container-bodies.ts";
import { execCreateBody } from "../body/exec-bodies.ts";
import type { Call } from "../call.ts";
import { terminalSize } from "../terminal-size.ts";
import { route } from "../router.ts";
import { nullIfEmpty } from "../response-shape.ts";
import { containerBody, createRequestBody, summaryBody } from "../version-shims.ts";
import { exportTree, getArchive, putArchive, statPath } from "./archive.ts";
import { attach, attachWebSocket } from "./attach.ts";
import { logs } from "./logs.ts";
import { stats } from "./stats.ts";

async function list(call: Call): Promise<void> {
  const limit = call.query.int("limit");
  const summaries = await call.services.containers.list({
    all: call.query.bool("all"),
    limit: limit !== undefined && limit > 0 ? limit : undefined,
    size: call.query.bool("size"),
    filters: call.query.filters(),
  });
  call.json(
    200,
    summaries.map((summary) => summaryBody(summary, call.minor)),
  );
}

async function create(call: Call): Promise<void> {
  const body = await call.body(createBody, "");
  if (body === undefined)
    throw new EngineError("invalid", "invalid JSON: got EOF while reading request body");
  if (!hasConfig(body))
    throw new EngineError("invalid", "config cannot be empty in order to create a container");
  const shimmed = createRequestBody(body, call.minor);
  const created = await call.services.containers.create({
    body: shimmed.body,
    name: call.query.string("name") || undefined,
    platform: call.speaks(41) ? call.query.string("platform") || undefined : undefined,
  });
  call.json(201, { ...created, Warnings: [...(created.Warnings ?? []), ...shimmed.warnings] });
}

async function inspect(call: Call): Promise<void> {
  const options = { size: call.query.bool("size") };
  const container = await call.services.containers.inspect(call.param("name"), options);
  call.json(200, containerBody(container, call.minor));
}

async function start(call: Call): Promise<void> {
  const detachKeys = call.query.string("detachKeys") || undefined;
  await call.services.containers.start(call.param("name"), { detachKeys });
  call.empty(204);
}

function stopOptions(call: Call): { signal?: string; timeoutSeconds?: number } {
  const signal = call.speaks(42) ? call.query.string("signal") || undefined : undefined;
  return { signal, timeoutSeconds: call.query.int("t") };
}

async function stop(call: Call): Promise<void> {
  await call.services.containers.stop(call.param("name"), stopOptions(call));
  call.empty(204);
}

async function restart(call: Call): Promise<void> {
  await call.services.containers.restart(call.param("name"), stopOptions(call));
  call.empty(204);
}

async function kill(call: Call): Promise<void> {
  await call.services.containers.kill(call.param("name"), call.query.string("signal") || "SIGKILL");
  call.empty(204);
}

async function pause(call: Call): Promise<void> {
  await call.services.containers.pause(call.param("name"));
  call.empty(204);
}

async function unpause(call: Call): Promise<void> {
  await call.services.containers.unpause(call.param("name"));
  call.empty(204);
}

const waitConditions: Record<string, WaitCondition> = {
  "": "not-running",
  "not-running": "not-running",
  "next-exit": "next-exit",
  removed: "removed",
};

async function wait(call: Call): Promise<void> {
  // Before 1.30 the header came with the result, and there was one condition.
  const modern = call.speaks(30);
  const asked = modern ? call.query.string("condition") : "";
  const condition = waitConditions[asked];
  if (condition === undefined)
    throw new EngineError("invalid", `invalid condition: ${JSON.stringify(asked)}`);
  const { result } = call.services.containers.wait(call.param("name"), condition, call.signal);
  if (!modern) return call.json(200, { StatusCode: (await result).StatusCode });
  // The header says that we listen now: `docker run` waits for it before it starts the container.
  const output = call.open("application/json");
  output.end(`${JSON.stringify(await result)}\n`);
}

async function rename(call: Call): Promise<void> {
  await call.services.containers.rename(call.param("name"), call.query.string("name"));
  call.empty(204);
}

async function update(call: Call): Promise<void> {
  const changes = (await call.body(updateBody, "UpdateConfig")) ?? {};
  if (call.speaks(42)) delete changes.KernelMemory;
  const { Warnings } = await call.services.containers.update(call.param("name"), changes);
  call.json(200, { Warnings: nullIfEmpty(Warnings) });
}

async function resize(call: Call): Promise<void> {
  await call.services.containers.resize(call.param("name"), terminalSize(call.query));
  call.empty(200);
}

async function top(call: Call): Promise<void> {
  const psArgs = call.query.string("ps_args") || "-ef";
  const { Processes, Titles } = await call.services.containers.top(call.param("name"), psArgs);
  call.json(200, { Processes, Titles });
}

async function remove(call: Call): Promise<void> {
  await call.services.containers.remove(call.param("name"), {
    force: call.query.bool("force"),
    volumes: call.query.bool("v"),
    link: call.query.bool("link"),
  });
  call.empty(204);
}

async function prune(call: Call): Promise<void> {
  const { ContainersDeleted, SpaceReclaimed } = await call.services.containers.prune(call.query.filters());
  call.json(200, { ContainersDeleted: nullIfEmpty(ContainersDeleted), SpaceReclaimed });
}

async function execCreate(call: Call): Promise<void> {
  const body = (await call.body(execCreateBody, "ExecOptions")) ?? {};
  if ((body.Cmd ?? []).length === 0) throw new EngineError("invalid", "No exec command specified");
  // Not respected before 1.42.
  if (!call.speaks(42)) delete body.ConsoleSize;
  call.json(201, await call.services.containers.execCreate(call.param("name"), body));
}

async function changes(call: Call): Promise<void> {
  call.json(200, nullIfEmpty(await call.services.containers.changes(call.param("name"))));
}

export const routes = [
  route("GET", "/containers/json", list),
  route("POST", "/containers/create", create),
  route("POST", "/containers/prune", prune),
  route("GET", "/containers/{name}/json", inspect),
  route("POST", "/containers/{name}/start", start),
  route("POST", "/containers/{name}/stop", stop),
  route("POST", "/containers/{name}/restart", restart),
  route("POST", "/containers/{name}/kill", kill),
  route("POST", "/containers/{name}/pause", pause),
  route("POST", "/containers/{name}/unpause", unpause),
  route("POST", "/containers/{name}/wait", wait),
  route("POST", "/containers/{name}/rename", rename),
  route("POST", "/containers/{name}/update", update),
  route("POST", "/containers/{name}/resize", resize),
  route("POST", "/containers/{name}/attach", attach),
  route("GET", "/containers/{name}/attach/ws", attachWebSocket),
  route("GET", "/containers/{name}/logs", logs),
  route("GET", "/containers/{name}/top", top),
  route("POST", "/containers/{name}/exec", execCreate),
  route("DELETE", "/containers/{name}", remove),
  route("GET", "/containers/{name}/stats", stats),
  route("GET", "/containers/{name}/changes", changes),
  route("GET", "/containers/{name}/export", exportTree),
  route("GET", "/containers/{name}/archive", getArchive),
  route("HEAD", "/containers/{name}/archive", statPath),
  route("PUT", "/containers/{name}/archive", putArchive),
];
