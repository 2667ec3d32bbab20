import { spawn } from "node:child_process";
import { EngineError } from "../base/errors.ts";
import type { Container } from "./container.ts";
import type { RuntimeContext } from "./context.ts";

/** Runs a command of a container's runtime and answers what it printed. Throws with its error output. */
export async function runRuntime(
  { paths }: RuntimeContext,
  { record }: Container,
  command: string[],
): Promise<string> {
  const args = [...record.runtimeArgs, `--root=${paths.state}`, ...command];
  const child = spawn(record.runtimePath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code === 0) return output;
  const why = errors.trim() === "" ? `exit code ${code}` : errors.trim();
  throw new EngineError("internal", `OCI runtime ${command[0]} failed: ${why}`);
}
