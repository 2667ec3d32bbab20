import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { EngineError, messageOf } from "../base/errors.ts";
import type { ContainerTopResponse } from "../spec/api/container.ts";
import type { ContainersContext } from "./context.ts";
import { assertNotRestarting, isRunning } from "./state.ts";

const run = promisify(execFile);

/** The host's `ps` with the user's options, its rows of other processes left out. */
export async function topContainer(
  context: ContainersContext,
  reference: string,
  psArgs: string,
): Promise<ContainerTopResponse> {
  const { id, state } = context.repository.find(reference);
  assertNotRestarting(id, state);
  if (!isRunning(state)) throw new EngineError("conflict", `container ${id} is not running`);
  const words = (psArgs || "-ef").split(/\s+/).filter((word) => word !== "");
  const pids = new Set(await context.runtime.processIds(id));
  return selectRows(await listProcesses(words), pids);
}

async function listProcesses(words: string[]): Promise<string> {
  try {
    return (await run("ps", words, { maxBuffer: 64 << 20 })).stdout;
  } catch (error) {
    const stderr = (error as { stderr?: string }).stderr?.trim();
    throw new EngineError("invalid", `Error running ps: ${stderr || messageOf(error)}`, error);
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
