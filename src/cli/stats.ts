import { setInterval as every } from "node:timers/promises";
import { containerStats, listContainers } from "../client/containers.ts";
import { type CommandContext, CommandError } from "./command.ts";
import { errorText } from "./error-text.ts";
import { type StatsRow, noStats, statsLayout, statsRow, statsRows } from "./format/rows/stats.ts";
import { renderRows } from "./format/rows.ts";

const redrawMs = 500;

/** `docker stats`: the containers named, or all that run, those that start meanwhile too. */
export async function showStats(context: CommandContext): Promise<number> {
  const { args, flags } = context;
  const board = new Board(context, !flags.bool("no-stream"));
  const named = args.length > 0;
  const wanted = named ? args : await running(context);
  // An engine answers a first sample that compares with one of a second before.
  const failures = (await Promise.all(wanted.map((name) => board.watch(name)))).filter(Boolean);
  if (failures.length > 0) throw new CommandError(failures.join("\n"));
  if (flags.bool("no-stream")) {
    await board.print();
    return 0;
  }
  if (!named) void followEvents(context, board);
  await board.draw();
  for await (const _ of every(redrawMs, undefined, { signal: context.signal })) {
    if (named && board.isEmpty) return 0;
    if (board.isChanged) await board.draw();
  }
  return 0;
}

async function running({ client, flags }: CommandContext): Promise<string[]> {
  const containers = await listContainers(client(), { all: flags.bool("all") });
  return containers.map(({ Id = "" }) => Id.slice(0, 12));
}

/** Adds containers as they start and takes them away as they end. */
async function followEvents({ client, flags, signal }: CommandContext, board: Board): Promise<void> {
  const events = client().lines<{ Action?: string; Actor?: { ID?: string } }>("GET", "/events", {
    query: { filters: { type: ["container"] } },
    signal,
  });
  const [added, removed] = flags.bool("all") ? ["create", "destroy"] : ["start", "die"];
  try {
    for await (const { Action, Actor } of events) {
      const id = Actor?.ID?.slice(0, 12) ?? "";
      if (Action === added || Action === "start") void board.watch(id);
      if (Action === removed) board.forget(id);
    }
  } catch {
    // The engine has gone: the rows say so by themselves.
  }
}

/** The newest sample of each container. */
class Board {
  readonly #context: CommandContext;
  readonly #stream: boolean;
  readonly #rows = new Map<string, StatsRow>();
  /** Since it was drawn: samples come once a second, and all at a time. */
  isChanged = true;

  constructor(context: CommandContext, stream: boolean) {
    this.#context = context;
    this.#stream = stream;
  }

  get isEmpty(): boolean {
    return this.#rows.size === 0;
  }

  /** Resolves with the first sample, or with what went wrong before there was one. */
  watch(name: string): Promise<string | undefined> {
    if (this.#rows.has(name)) return Promise.resolve(undefined);
    this.#set(name, { container: name, ...noStats });
    return new Promise((resolve) => {
      void this.#collect(name, () => resolve(undefined)).then(resolve);
    });
  }

  forget(name: string): void {
    this.#rows.delete(name);
    this.isChanged = true;
  }

  #set(name: string, row: StatsRow): void {
    this.#rows.set(name, row);
    this.isChanged = true;
  }

  async #collect(name: string, onSample: () => void): Promise<string | undefined> {
    const { client, signal } = this.#context;
    try {
      for await (const sample of containerStats(client(), name, { stream: this.#stream, signal })) {
        if (!this.#rows.has(name)) return undefined;
        this.#set(name, statsRow(name, sample));
        onSample();
      }
    } catch (error) {
      this.forget(name);
      return errorText(error);
    }
    if (this.#stream) this.forget(name);
    return undefined;
  }

  async print(): Promise<void> {
    this.#context.terminal.out(await this.#text());
  }

  /** Over what was there before, line by line, so that nothing flickers. */
  async draw(): Promise<void> {
    this.isChanged = false;
    const lines = (await this.#text()).split("\n").map((line) => `${line} \u001b[K\n`);
    this.#context.terminal.out(`\u001b[H${lines.join("")}\u001b[J`);
  }

  #text(): Promise<string> {
    const { flags, config } = this.#context;
    const layout = statsLayout(flags.string("format") || (config().statsFormat ?? ""));
    return renderRows(statsRows, [...this.#rows.values()], layout, { truncate: !flags.bool("no-trunc") });
  }
}
