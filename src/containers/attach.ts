import { EngineError } from "../base/errors.ts";
import { parseDetachKeys } from "../spec/detach-keys.ts";
import type { Attachment } from "../runtime/runtime-service.ts";
import { ClientAttachment } from "./client-attachment.ts";
import type { AttachRequest, ContainerAttachment } from "./container-service.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import { readLogs } from "./logs.ts";
import { PendingAttachment } from "./pending-attachment.ts";
import { publishEvent } from "./publish-event.ts";
import { isRunning } from "./state.ts";

/** Connects a client to a container's stdio; one that does not run yet serves it from its next start on. */
export async function attachContainer(
  context: ContainersContext,
  reference: string,
  request: AttachRequest,
): Promise<ContainerAttachment> {
  const container = context.repository.find(reference);
  assertCanAttach(container);
  if (request.detachKeys) parseDetachKeys(request.detachKeys);
  const { config } = container;
  const tty = config.Tty ?? false;
  const past = request.logs ? await pastOutput(context, container, request) : undefined;
  const attachment = request.stream ? await connect(context, container, request) : noStream;
  if (request.stream && request.stdin) context.live.attend(container.id, request.signal);
  publishEvent(context, container, "attach");
  const onClose = request.stream ? readerOf(context, container.id, request.signal) : undefined;
  return new ClientAttachment(attachment, {
    tty,
    stdout: request.stdout,
    stderr: request.stderr,
    detachKeys: tty && request.stdin ? (request.detachKeys ?? "") : undefined,
    closesInput: config.StdinOnce ?? false,
    past,
    onDetach: () => publishEvent(context, container, "detach"),
    onClose,
  });
}

/** Answers what ends its reading; the end of its request does, too. */
function readerOf({ live }: ContainersContext, id: string, signal: AbortSignal): () => void {
  const done = live.readers.add(id);
  if (signal.aborted) done();
  else signal.addEventListener("abort", done, { once: true });
  return done;
}

function assertCanAttach({ id, state }: Container): void {
  if (state.status === "paused") {
    throw new EngineError("conflict", `container ${id} is paused, unpause the container before attach`);
  }
  if (state.status === "restarting") {
    throw new EngineError("conflict", `container ${id} is restarting, wait until the container is running`);
  }
}

async function connect(
  context: ContainersContext,
  { id, config, state }: Container,
  request: AttachRequest,
): Promise<Attachment> {
  const wants = {
    stdin: request.stdin && (config.OpenStdin ?? false),
    stdout: request.stdout,
    stderr: request.stderr,
  };
  if (isRunning(state)) return context.runtime.attach(id, { ...wants, tty: config.Tty ?? false });
  const pending = new PendingAttachment(wants);
  context.live.addPending(id, pending);
  request.signal.addEventListener("abort", () => pending.close(), { once: true });
  return pending;
}

async function pastOutput(context: ContainersContext, container: Container, request: AttachRequest) {
  const { output } = await readLogs(context, container, {
    follow: false,
    stdout: request.stdout,
    stderr: request.stderr,
    timestamps: false,
    details: false,
    tail: Number.POSITIVE_INFINITY,
    signal: request.signal,
  });
  return output;
}

/** `logs=1&stream=0`: past output, nothing live. */
const noStream: Attachment = {
  output: {
    async *[Symbol.asyncIterator]() {
      // Nothing comes.
    },
  },
  write: () => Promise.resolve(),
  closeInput: () => Promise.resolve(),
  close: () => undefined,
};
