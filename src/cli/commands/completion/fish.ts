import type { Command } from "../../command.ts";
import { completionScript } from "../../completion/scripts.ts";

export const command: Command = {
  names: ["completion fish"],
  usage: "",
  summary: "Generate the autocompletion script for fish",
  details: `Generate the autocompletion script for the fish shell.

To load completions in your current shell session:

	gantry completion fish | source

To load completions for every new session, execute once:

	gantry completion fish > ~/.config/fish/completions/gantry.fish

You will need to start a new shell for this setup to take effect.`,
  flags: [],
  args: [0, 0],
  run: async ({ program, terminal }) => {
    terminal.out(completionScript("fish", program));
    return 0;
  },
};
