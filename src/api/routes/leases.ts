import type { Call } from "../call.ts";
import { route } from "../router.ts";

/** Held as long as the answer is read: a client that vanishes, however it dies, closes its connection. */
async function open(call: Call): Promise<void> {
  const { signal } = call;
  const lease = await call.services.leases.open(call.query.string("id") || undefined);
  const gone = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => gone.resolve(), { once: true });
  if (signal.aborted) gone.resolve();
  else
    call
      .open("application/json")
      .write(`${JSON.stringify({ Id: lease.id, Label: lease.label, Socket: lease.socket })}\n`);
  await gone.promise;
  await lease.release();
}

/** Answers when all that was made under it is gone. */
async function end(call: Call): Promise<void> {
  await call.services.leases.end(call.param("id"));
  call.empty(204);
}

export const routes = [route("POST", "/leases", open), route("DELETE", "/leases/{id}", end)];
