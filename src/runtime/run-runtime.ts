import { spawn } from "node:child_process";
import { EngineError } from "../base/errors.ts";
import type { Container } from "./container.ts";
import type { RuntimeContext } from "./context.ts";

/** Runs a command of a container's runtime and answers what it printed. Throws with its error output. */
export async function runRuntime(
  { paths }: RuntimeContext,
  { record }: Container,
  command: string[],
  input = "",
): Promise<string> {
  const args = [...record.runtimeArgs, "--root", paths.state, ...command];
  const child = spawn(record.runtimePath, args, { stdio: ["pipe", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
  // A program that ends without reading closes the pipe under us; its exit code tells more.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code === 0) return output;
  throw new EngineError(
    "internal",
    `OCI runtime ${command[0]} failed: ${errors.trim() || `exit code ${code}`}`,
  );
}
