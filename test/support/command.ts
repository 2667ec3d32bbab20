import { readFileSync } from "node:fs";

export interface RunOptions {
  /** Text or bytes for standard input; closed at once otherwise. */
  input?: string | Uint8Array;
  env?: Record<string, string>;
  cwd?: string;
  timeoutMs?: number;
}

export interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

/** A command that is still running; its streams are read by whoever asked for it. */
export type Running = Bun.Subprocess<"pipe", "pipe", "pipe">;

/** How many times longer than usual this machine may take for everything. */
export const patience = Number(process.env.GANTRY_TEST_PATIENCE ?? 1);

const defaultTimeoutMs = 60_000 * patience;

/** Runs a command to its end with both outputs apart. A command that does not end in time fails the test with what it said. */
export async function run(command: string[], options: RunOptions = {}): Promise<Result> {
  const child = spawn(command, options);
  const timeout = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs ?? defaultTimeoutMs);
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
    feed(child, options.input),
  ]);
  clearTimeout(timeout);
  if (child.signalCode === "SIGKILL") {
    throw new Error(`${command.join(" ")} did not end in time\nstdout: ${stdout}\nstderr: ${stderr}`);
  }
  return { code, stdout, stderr };
}

/** Gives the input while the outputs are read, so that neither side waits for the other. */
async function feed(child: Running, input: RunOptions["input"]): Promise<void> {
  try {
    if (input !== undefined) await child.stdin.write(input);
    await child.stdin.end();
  } catch {
    // It ended without reading all of it.
  }
}

/** Runs a command that must succeed; answers its standard output. */
export async function must(command: string[], options: RunOptions = {}): Promise<string> {
  const result = await run(command, options);
  if (result.code !== 0) {
    throw new Error(`${command.join(" ")} ended with ${result.code}\n${result.stdout}${result.stderr}`);
  }
  return result.stdout;
}

/** Starts a command and leaves it running. */
export function spawn(command: string[], options: Omit<RunOptions, "input" | "timeoutMs"> = {}): Running {
  return Bun.spawn(command, {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
  });
}

/**
 * Waits until `check` answers something. For what no event tells (a process of another program, a kernel table);
 * whatever has an event is waited for by that.
 */
export async function eventually<T>(
  what: string,
  check: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 15_000,
): Promise<T> {
  const end = performance.now() + timeoutMs * patience;
  for (;;) {
    const answer = await check();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await Bun.sleep(20);
  }
}

/** Bytes of memory a process holds now, by its VmRSS (proc_pid_status(5)). */
export function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) * 1024;
}

/** The lines of a running command's output, one at a time as they come. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
