import type { Command } from "../../command.ts";
import { completionScript } from "../../completion/scripts.ts";

export const command: Command = {
  names: ["completion zsh"],
  usage: "",
  summary: "Generate the autocompletion script for zsh",
  details: `Generate the autocompletion script for the zsh shell.

To load completions in your current shell session:

	source <(gantry completion zsh)

To load completions for every new session, execute once:

	gantry completion zsh > "\${fpath[1]}/_gantry"

You will need to start a new shell for this setup to take effect.`,
  flags: [],
  args: [0, 0],
  run: async ({ program, terminal }) => {
    terminal.out(completionScript("zsh", program));
    return 0;
  },
};
