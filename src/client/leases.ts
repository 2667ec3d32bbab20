import type { Client } from "./client.ts";

/** Ours: what is made under it goes when its holder does. */
export interface HeldLease {
  id: string;
  /** For what is made elsewhere than at its socket: `name=value`. */
  label: string;
  /** On the engine's machine: what any client makes there is the lease's. */
  socket: string;
  /** Resolves when all that was made under it is gone. */
  end(): Promise<void>;
}

/** Holds a lease until `end`, or until this process is gone, however that comes. */
export async function holdLease(client: Client, id?: string): Promise<HeldLease> {
  const { body } = await client.open("POST", "/leases", { query: { id: id || undefined } });
  const { Id, Label, Socket } = JSON.parse(await firstLine(body)) as Record<
    "Id" | "Label" | "Socket",
    string
  >;
  return {
    id: Id,
    label: Label,
    socket: Socket,
    end: async () => {
      await client.request("DELETE", `/leases/${encodeURIComponent(Id)}`);
      body.destroy();
    },
  };
}

async function firstLine(body: NodeJS.ReadableStream): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = "";
  const take = (chunk: Buffer) => {
    text += chunk.toString();
    if (text.includes("\n")) resolve(text.split("\n", 1)[0] ?? "");
  };
  const ended = () => reject(new Error("the engine ended the lease"));
  body.on("data", take).once("end", ended).once("error", reject);
  try {
    return await promise;
  } finally {
    body.off("data", take).off("end", ended);
  }
}
