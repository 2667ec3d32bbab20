import { buildFlags } from "../../build/flags.ts";
import { runBuild } from "../../build/run-build.ts";
import type { Command } from "../../command.ts";

export const command: Command = {
  names: ["image build", "build", "builder build", "buildx build"],
  usage: "[OPTIONS] PATH | URL | -",
  summary: "Build an image from a Dockerfile",
  flags: buildFlags,
  args: [1, 1],
  completeArgs: "file",
  run: runBuild,
};
