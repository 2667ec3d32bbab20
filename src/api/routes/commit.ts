import { configBody } from "../body/container-bodies.ts";
import type { Call } from "../call.ts";
import { route } from "../router.ts";

async function commit(call: Call): Promise<void> {
  const { query } = call;
  const committed = await call.services.containers.commit({
    container: query.string("container"),
    repository: query.string("repo"),
    tag: query.string("tag"),
    author: query.string("author"),
    comment: query.string("comment"),
    changes: query.strings("changes"),
    pause: query.string("pause") === "" || query.bool("pause"),
    config: await call.body(configBody, ""),
    signal: call.signal,
  });
  call.json(201, committed);
}

export const routes = [route("POST", "/commit", commit)];
