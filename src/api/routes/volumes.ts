import type { Call } from "../call.ts";
import { volumeCreateBody } from "../body/volume-bodies.ts";
import { shaped } from "../response-shape.ts";
import { volume as volumeShape } from "../response-shapes.ts";
import { route } from "../router.ts";
import { pruneVolumeFilters } from "../version-shims.ts";

function list(call: Call): void {
  const filters = call.query.filters("error reading volume filters: ");
  const { Volumes = [], Warnings = null } = call.services.volumes.list(filters);
  call.json(200, { Volumes: Volumes.map((volume) => shaped(volume, volumeShape)), Warnings });
}

function inspect(call: Call): void {
  call.json(200, shaped(call.services.volumes.get(call.param("name")), volumeShape));
}

async function create(call: Call): Promise<void> {
  const options = (await call.body(volumeCreateBody, "CreateOptions")) ?? {};
  call.json(201, shaped(await call.services.volumes.create(options), volumeShape));
}

async function remove(call: Call): Promise<void> {
  await call.services.volumes.remove(call.param("name"), call.query.bool("force"));
  call.empty(204);
}

async function prune(call: Call): Promise<void> {
  call.json(200, await call.services.volumes.prune(pruneVolumeFilters(call.query.filters(), call.minor)));
}

export const routes = [
  route("GET", "/volumes", list),
  route("GET", "/volumes/{name}", inspect),
  route("POST", "/volumes/create", create),
  route("POST", "/volumes/prune", prune),
  route("DELETE", "/volumes/{name}", remove),
];
