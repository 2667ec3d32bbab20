import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { EngineError, messageOf } from "../base/errors.ts";
import type { ContainerTopResponse } from "../spec/api/container.ts";
import type { ContainersContext } from "./context.ts";
import { publishEvent } from "./publish-event.ts";
import { assertNotRestarting, isRunning } from "./state.ts";

const run = promisify(execFile);

/** The host's `ps` with the user's options, its rows of other processes left out. */
export async function topContainer(
  context: ContainersContext,
  reference: string,
  psArgs: string,
): Promise<ContainerTopResponse> {
  const container = context.repository.find(reference);
  const { id, state } = container;
  assertNotRestarting(id, state);
  if (!isRunning(state)) throw new EngineError("conflict", `container ${id} is not running`);
  checkOptions(psArgs);
  const words = (psArgs || "-ef").split(/\s+/).filter((word) => word !== "");
  const pids = new Set(await context.runtime.processIds(id));
  const answer = selectRows(await listProcesses(words), pids);
  publishEvent(context, container, "top");
  return answer;
}

/** A column of another name that begins like the PID's would pass for it. */
function checkOptions(psArgs: string): void {
  const [, name, title] = /\s+(\S*)=\s*(PID\S*)/.exec(psArgs) ?? [];
  if (title === undefined || name === "pid") return;
  throw new EngineError("internal", `specifying "${name}=${title}" is not allowed`);
}

async function listProcesses(words: string[]): Promise<string> {
  try {
    return (await run("ps", words, { maxBuffer: 64 << 20 })).stdout;
  } catch (error) {
    // The first line says what is wrong, the rest how ps is used.
    const [line = ""] = (error as { stderr?: string }).stderr?.trim().split("\n") ?? [];
    throw new EngineError("internal", `ps: ${line || messageOf(error)}`, error);
  }
}

export function selectRows(table: string, pids: ReadonlySet<number>): ContainerTopResponse {
  const [head = "", ...rows] = table.split("\n");
  const Titles = head.trim().split(/\s+/);
  const column = Titles.indexOf("PID");
  if (column === -1) throw new EngineError("invalid", "Couldn't find PID field in ps output");
  const Processes = rows
    .map((row) => fields(row, Titles.length))
    .filter((row) => pids.has(Number(row[column])));
  return { Titles, Processes };
}

/** The last column takes the rest of the line, blanks included. */
function fields(row: string, count: number): string[] {
  const words = row.trim().split(/\s+/);
  return [...words.slice(0, count - 1), words.slice(count - 1).join(" ")];
}
