import type { HostConfig } from "../../src/spec/api/container.ts";

/** POST /containers/{id}/update with what no command has a flag for. */
export async function updated(socket: string, name: string, change: HostConfig): Promise<unknown> {
  const answer = await fetch(`http://engine/containers/${name}/update`, {
    unix: socket,
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(change),
  });
  return answer.json();
}
