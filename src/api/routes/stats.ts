import type { Call } from "../call.ts";
import { writeSlowly } from "../stream-wait.ts";

/** Streams unless the client says otherwise, as in Docker. */
export async function stats(call: Call): Promise<void> {
  const stream = call.query.bool("stream", true);
  const oneShot = call.speaks(41) && call.query.bool("one-shot");
  const request = { stream, oneShot, signal: call.signal };
  const samples = call.services.containers.stats(call.param("name"), request);
  if (!stream) {
    for await (const sample of samples) return call.json(200, sample);
    return;
  }
  const output = call.open("application/json");
  for await (const sample of samples) if (!(await writeSlowly(output, `${JSON.stringify(sample)}\n`))) return;
  output.end();
}
