import type { Command } from "../../command.ts";
import { completionScript } from "../../completion/scripts.ts";

export const command: Command = {
  names: ["completion bash"],
  usage: "",
  summary: "Generate the autocompletion script for bash",
  details: `Generate the autocompletion script for the bash shell.

To load completions in your current shell session:

	source <(gantry completion bash)

To load completions for every new session, execute once:

	gantry completion bash > /etc/bash_completion.d/gantry

You will need to start a new shell for this setup to take effect.`,
  flags: [],
  args: [0, 0],
  run: async ({ program, terminal }) => {
    terminal.out(completionScript("bash", program));
    return 0;
  },
};
