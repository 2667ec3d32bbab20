import type { Command, CommandContext } from "../../command.ts";

export const command: Command = {
  names: ["system dial-stdio"],
  usage: "",
  summary: "Proxy the stdio stream to the daemon connection. Should not be invoked manually.",
  flags: [],
  args: [0, 0],
  hidden: true,
  run,
};

/** Relays until the engine has closed its side; the end of the input closes only ours. */
async function run({ client, terminal }: CommandContext): Promise<number> {
  const connection = await client().dial();
  const stdin = terminal.stdin;
  stdin.on("data", (chunk: Uint8Array) => {
    if (!connection.write(chunk)) {
      stdin.pause();
      connection.once("drain", () => stdin.resume());
    }
  });
  stdin.once("end", () => connection.end());
  for await (const chunk of connection) terminal.out(chunk as Uint8Array);
  stdin.pause();
  return 0;
}
