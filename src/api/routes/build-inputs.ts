// What Gantry's own command sends before a build and fetches after it (spec/api/build.ts). Docker has none of these paths.
import { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { EngineError } from "../../base/errors.ts";
import type { SessionRequest } from "../../spec/api/build.ts";
import type { Call } from "../call.ts";
import { route } from "../router.ts";
import { readText } from "../body/request-body.ts";

async function announce(call: Call): Promise<void> {
  call.json(201, await call.services.buildInputs.contexts.announce(call.pieces, call.signal));
}

async function receive(call: Call): Promise<void> {
  await call.services.buildInputs.contexts.receive(call.param("id"), call.pieces, call.signal);
  call.empty(204);
}

async function createSession(call: Call): Promise<void> {
  const request = sessionRequest(await readText(call.request.headers, call.stream));
  call.json(201, { id: call.services.buildInputs.sessions.create(request) });
}

/** The message never holds what was sent: that is secret. */
function sessionRequest(text: string): SessionRequest {
  const malformed = new EngineError("invalid", "malformed build session");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed;
  }
  if (typeof value !== "object" || value === null) throw malformed;
  const { secrets = {}, ssh = [], layouts = [] } = value as Record<keyof SessionRequest, unknown>;
  const values: unknown[] = typeof secrets === "object" && secrets !== null ? Object.values(secrets) : [0];
  if (![values, ssh, layouts].every(isTexts)) throw malformed;
  return { secrets: secrets as Record<string, string>, ssh: ssh as string[], layouts: layouts as string[] };
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** One connection of one agent, for the build to take when a step asks for it. */
async function lendSsh(call: Call): Promise<void> {
  await lend(call, call.services.buildInputs.sessions.sshOffer(call.param("id"), call.query.string("id")));
}

/** One connection for one file of a layout. */
async function lendLayout(call: Call): Promise<void> {
  await lend(call, call.services.buildInputs.sessions.layoutOffer(call.param("id"), call.query.string("id")));
}

async function lend(call: Call, offer: (stream: Duplex) => void): Promise<void> {
  if (!call.reply.upgraded)
    throw new EngineError("invalid", "what a build is lent goes over an upgraded connection");
  const { input } = call.hijack("application/vnd.docker.raw-stream");
  if (!(input instanceof Duplex)) return;
  offer(input);
  await new Promise((resolve) => input.once("close", resolve));
}

async function fetchOutput(call: Call): Promise<void> {
  const output = await call.services.buildInputs.outputs.take(call.param("id"));
  await pipeline(output, call.open("application/x-tar"));
}

export const buildInputRoutes = [
  route("POST", "/build/contexts", announce),
  route("POST", "/build/contexts/{id}/contents", receive),
  route("POST", "/build/sessions", createSession),
  route("POST", "/build/sessions/{id}/ssh", lendSsh),
  route("POST", "/build/sessions/{id}/layout", lendLayout),
  route("GET", "/build/outputs/{id}", fetchOutput),
];
