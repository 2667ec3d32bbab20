import { messageOf } from "../../base/errors.ts";
import { formatDuration } from "../../spec/duration.ts";
import type { ContainersContext } from "../context.ts";
import { createExec, startExec } from "../exec.ts";
import type { HealthCheck } from "./health-check.ts";
import type { ProbeResult } from "./health.ts";

const mostOutputBytes = 4096;
const sigkill = 9;

/** One probe, as an exec of the container's own user in its own directory. Killed when its time is up. */
export async function runProbe(
  context: ContainersContext,
  id: string,
  check: HealthCheck,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const start = new Date().toISOString();
  const output = new LimitedText(mostOutputBytes);
  const result = (exitCode: number, text: string): ProbeResult => ({
    start,
    end: new Date().toISOString(),
    exitCode,
    output: text,
  });
  // Not AbortSignal.any: the container's signal would hold what each of its probes made of it.
  const over = new AbortController();
  const stop = () => over.abort();
  signal.addEventListener("abort", stop, { once: true });
  let late = false;
  const timeout = setTimeout(() => {
    late = true;
    stop();
  }, check.timeoutMs);
  try {
    const exitCode = await execProbe(context, id, check, output, over.signal);
    return late ? result(-1, tooLong(check, output.text)) : result(exitCode, output.text);
  } catch (error) {
    return result(-1, messageOf(error));
  } finally {
    clearTimeout(timeout);
    signal.removeEventListener("abort", stop);
  }
}

async function execProbe(
  context: ContainersContext,
  id: string,
  { command }: HealthCheck,
  output: LimitedText,
  over: AbortSignal,
): Promise<number> {
  const body = { Cmd: command, AttachStdout: true, AttachStderr: true };
  const { Id } = createExec(context, id, body);
  try {
    const options = { detach: false, tty: false, signal: over };
    const attachment = await startExec(context, Id, options);
    const exec = context.live.execs.get(Id);
    // Its children may hold the output open beyond its own end: nobody waits for them.
    const kill = () => {
      exec.process?.kill(sigkill);
      attachment?.close();
    };
    over.addEventListener("abort", kill, { once: true });
    if (over.aborted) kill();
    for await (const { data } of attachment?.output ?? []) output.add(data);
    return over.aborted ? -1 : ((await exec.process?.exited) ?? -1);
  } finally {
    context.live.execs.remove(Id);
  }
}

function tooLong({ timeoutMs }: HealthCheck, output: string): string {
  const words = `Health check exceeded timeout (${formatDuration(timeoutMs * 1e6)})`;
  return output === "" ? words : `${words}: ${output}`;
}

/** Keeps the first bytes of what is added; says so when there was more. */
class LimitedText {
  readonly #most: number;
  #parts: Uint8Array[] = [];
  #size = 0;
  #cut = false;

  constructor(most: number) {
    this.#most = most;
  }

  add(data: Uint8Array): void {
    const room = this.#most - this.#size;
    if (data.length > room) this.#cut = true;
    if (room <= 0) return;
    // A copy: the reader reuses its buffer.
    this.#parts.push(data.slice(0, room));
    this.#size += Math.min(data.length, room);
  }

  get text(): string {
    return Buffer.concat(this.#parts).toString() + (this.#cut ? "..." : "");
  }
}
