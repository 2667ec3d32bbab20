// Written to by every chunk: loaded while the engine creates the container.
import "node:fs";
import { Demultiplexer } from "../../client/demultiplex.ts";
import type { RawConnection } from "../../client/raw-connection.ts";
import type { Terminal } from "../command.ts";
import { DetachWatcher, detachSequence } from "./detach-keys.ts";

export interface Relay {
  terminal: Terminal;
  connection: RawConnection;
  /** The container's own terminal: the stream is raw, and ours becomes raw too. */
  tty: boolean;
  stdin: boolean;
  detachKeys: string | undefined;
}

export type RelayEnd = "closed" | "detached";

/**
 * Moves bytes between our streams and the container's until the container's output ends, or the user detaches. The
 * end of our stdin closes the container's and output goes on. Who reads our output slowly slows the container.
 */
export async function relay(options: Relay): Promise<RelayEnd> {
  const { terminal, connection, tty, stdin } = options;
  const raw = tty && stdin && terminal.stdinIsTty;
  const restore = raw ? await terminal.enterRawMode() : undefined;
  try {
    const output = receive(options);
    if (!stdin) {
      connection.end();
      await output;
      return "closed";
    }
    const detached = send(options, raw, restore);
    return await Promise.race([output.then((): RelayEnd => "closed"), detached]);
  } finally {
    restore?.();
    if (stdin) terminal.stdin.pause();
    connection.close();
  }
}

function receive({ terminal, connection, tty }: Relay): Promise<void> {
  if (tty) return connection.receive((bytes) => terminal.out(bytes));
  const frames = new Demultiplexer((stream, bytes) =>
    stream === "stderr" ? terminal.err(bytes) : terminal.out(bytes),
  );
  return connection.receive((bytes) => frames.push(bytes));
}

/** Resolves only when the user detaches. */
function send(
  { terminal, connection, detachKeys }: Relay,
  raw: boolean,
  restore: (() => void) | undefined,
): Promise<RelayEnd> {
  const keys = raw ? detachSequence(detachKeys, (message) => terminal.err(`${message}\n`)) : undefined;
  const watcher = keys ? new DetachWatcher(keys) : undefined;
  const { stdin } = terminal;
  const finish = () => {
    restore?.();
    connection.end();
  };
  stdin.once("end", finish);
  // A closed descriptor 0 reads as the end of input.
  stdin.once("error", finish);
  return new Promise((resolve) => {
    stdin.on("data", (chunk: Uint8Array) => {
      const { bytes, detached } = watcher?.push(chunk) ?? { bytes: chunk, detached: false };
      stdin.pause();
      void connection.write(bytes).then(() => stdin.resume());
      if (detached) resolve("detached");
    });
  });
}
