import { readFileSync } from "node:fs";

const killAt = process.env.GANTRY_TEST_KILL_AT;

/**
 * A named step of a multi-step operation. Crash tests name one in GANTRY_TEST_KILL_AT, or a file there that names
 * it: the process dies there as by kill -9, and the next start must finish or undo what was half done. Otherwise this
 * costs one comparison.
 */
export function faultPoint(step: string): void {
  if (killAt !== undefined && wantedStep(killAt) === step) process.kill(process.pid, "SIGKILL");
}

function wantedStep(value: string): string {
  return value.startsWith("/") ? readFileSync(value, "utf8") : value;
}
