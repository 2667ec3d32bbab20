import { route } from "../router.ts";
import { buildInputRoutes } from "./build-inputs.ts";
import { notYet } from "./not-yet.ts";

const build = notYet("building images");

export const routes = [
  route("POST", "/build", build),
  route("POST", "/build/prune", build),
  route("POST", "/build/cancel", build),
  ...buildInputRoutes,
];
