import { checkFilterNames } from "../../spec/filter-match.ts";
import type { Call } from "../call.ts";
import { route } from "../router.ts";
import { networkConnectBody, networkCreateBody, networkDisconnectBody } from "../body/network-bodies.ts";
import { matchesFilters } from "../network-filters.ts";
import { shaped } from "../response-shape.ts";
import { network as networkShape } from "../response-shapes.ts";
import { notYet } from "./not-yet.ts";

function list(call: Call): void {
  const filters = call.query.filters();
  const networks = call.services.networks.list().filter((network) => matchesFilters(network, filters));
  // As dockerd: the list does not say who is connected.
  call.json(
    200,
    networks.map((network) => shaped({ ...network, Containers: {} }, networkShape)),
  );
}

function inspect(call: Call): void {
  call.json(200, shaped(call.services.networks.inspect(call.param("id")), networkShape));
}

async function create(call: Call): Promise<void> {
  await call.body(networkCreateBody, "CreateRequest");
  return notYet("creating networks")(call);
}

async function connect(call: Call): Promise<void> {
  await call.body(networkConnectBody, "ConnectOptions");
  return notYet("connecting containers to networks")(call);
}

async function disconnect(call: Call): Promise<void> {
  await call.body(networkDisconnectBody, "DisconnectOptions");
  return notYet("disconnecting containers from networks")(call);
}

/** Networks cannot be made yet, and those that are always there are never pruned. */
function prune(call: Call): void {
  checkFilterNames(call.query.filters(), ["until", "label", "label!"]);
  call.json(200, { NetworksDeleted: null });
}

export const routes = [
  route("GET", "/networks", list),
  route("GET", "/networks/", list),
  route("GET", "/networks/{id}", inspect),
  route("POST", "/networks/create", create),
  route("POST", "/networks/prune", prune),
  route("POST", "/networks/{id}/connect", connect),
  route("POST", "/networks/{id}/disconnect", disconnect),
  route("DELETE", "/networks/{id}", notYet("removing networks")),
];
