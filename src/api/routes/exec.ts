import { LaunchError } from "../../runtime/runtime-error.ts";
import type { ContainerAttachment } from "../../containers/container-service.ts";
import { execStartBody } from "../body/exec-bodies.ts";
import type { Call } from "../call.ts";
import { shaped } from "../response-shape.ts";
import { execInspect } from "../container-shapes.ts";
import { route } from "../router.ts";
import { frame } from "../frame-writer.ts";
import { finish, pump } from "../stream-pump.ts";
import { consoleSize, terminalSize } from "../terminal-size.ts";
import { rawStream, streamType } from "./attach.ts";

function inspect(call: Call): void {
  call.json(200, shaped(call.services.containers.execInspect(call.param("id")), execInspect));
}

async function resize(call: Call): Promise<void> {
  await call.services.containers.execResize(call.param("id"), terminalSize(call.query));
  call.empty(200);
}

async function start(call: Call): Promise<void> {
  const id = call.param("id");
  const body = (await call.body(execStartBody, "ExecStartOptions")) ?? {};
  const { OpenStdin } = call.services.containers.execInspect(id);
  const tty = body.Tty ?? false;
  const options = {
    detach: body.Detach ?? false,
    tty,
    consoleSize: tty && call.speaks(42) ? consoleSize(body.ConsoleSize) : undefined,
    signal: call.signal,
  };
  if (options.detach) {
    await call.services.containers.execStart(id, options);
    return call.empty(200);
  }
  const outcome = await call.services.containers.execStart(id, options).catch(failure);
  const contentType = call.reply.upgraded ? streamType(call, tty) : rawStream;
  const connection = call.hijack(contentType);
  if (outcome instanceof LaunchError) {
    // The client has been promised a stream, so the failure is told there, as dockerd does.
    const line = Buffer.from(`${outcome.message}\r\n`);
    connection.output.write(tty ? line : frame("stdout", line));
    return finish(connection);
  }
  if (outcome === undefined) return finish(connection);
  await pump(connection, outcome, {
    framed: !tty,
    stdin: OpenStdin,
    onInputError: (error) => call.log.debug("exec input ended", { error: String(error) }),
  });
}

/** What a runtime says of the command belongs in the stream; what the engine refuses before that, in the status. */
function failure(error: unknown): ContainerAttachment | LaunchError {
  if (error instanceof LaunchError) return error;
  throw error;
}

export const routes = [
  route("GET", "/exec/{id}/json", inspect),
  route("POST", "/exec/{id}/start", start),
  route("POST", "/exec/{id}/resize", resize),
];
