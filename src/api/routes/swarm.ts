import { EngineError } from "../../base/errors.ts";
import { route } from "../router.ts";

/** What a Docker engine outside a swarm says; this engine is never in one. */
function notInSwarm(): never {
  throw new EngineError(
    "unavailable",
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
  );
}

const nouns = ["swarm", "nodes", "services", "tasks", "secrets", "configs"];

export const routes = nouns.flatMap((noun) => [
  ...["GET", "POST"].map((method) => route(method, `/${noun}`, notInSwarm)),
  ...["GET", "POST", "DELETE"].map((method) => route(method, `/${noun}/{rest}`, notInSwarm)),
]);
