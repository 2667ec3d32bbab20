import type { Handler } from "./call.ts";

export interface Route {
  method: string;
  pattern: RegExp;
  handler: Handler;
}

/** `{name}` takes anything, slashes too, as Docker's routes do: image names have slashes. */
export function route(method: string, path: string, handler: Handler): Route {
  const source = path.replaceAll(".", "\\.").replaceAll(/\{(\w+)\}/g, "(?<$1>.*)");
  return { method, pattern: new RegExp(`^${source}$`, "s"), handler };
}

type Module = () => Promise<{ routes: readonly Route[] }>;

const system: Module = () => import("./routes/system.ts");
const later: Module = () => import("./routes/not-yet.ts");
const registries: Module = () => import("./routes/registries.ts");
const swarm: Module = () => import("./routes/swarm.ts");

/** The first word of a path names the file with its routes, read when first asked for. */
const modules = new Map<string, Module>([
  ["_ping", system],
  ["version", system],
  ["info", system],
  ["events", system],
  ["system", system],
  ["plugins", system],
  ["containers", () => import("./routes/containers.ts")],
  ["build", () => import("./routes/build.ts")],
  ["commit", () => import("./routes/commit.ts")],
  ["exec", () => import("./routes/exec.ts")],
  ["images", () => import("./routes/images.ts")],
  ["leases", () => import("./routes/leases.ts")],
  ["volumes", () => import("./routes/volumes.ts")],
  ["networks", () => import("./routes/networks.ts")],
  ...["auth", "distribution"].map((noun) => [noun, registries] as const),
  ...["session", "grpc"].map((noun) => [noun, later] as const),
  ...["swarm", "nodes", "services", "tasks", "secrets", "configs"].map((noun) => [noun, swarm] as const),
]);

export interface Match {
  handler: Handler;
  params: Record<string, string>;
}

/** Finds who answers `method path` (decoded, without version); undefined is a 404, also for a wrong method, as in Docker. */
export async function findRoute(method: string, path: string): Promise<Match | undefined> {
  const load = modules.get(path.split("/", 2)[1] ?? "");
  if (load === undefined) return undefined;
  for (const { method: wanted, pattern, handler } of (await load()).routes) {
    if (wanted !== method) continue;
    const found = pattern.exec(path);
    if (found !== null) return { handler, params: { ...found.groups } };
  }
  return undefined;
}

/** Paths whose connection becomes a raw stream when the client asks to upgrade; elsewhere that header means nothing. */
export function mayUpgrade(path: string): boolean {
  return /\/(?:containers\/.*\/attach(?:\/ws)?|exec\/.*\/start|build\/sessions\/.*\/(?:ssh|layout))$/.test(
    path,
  );
}
