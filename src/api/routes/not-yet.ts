import { EngineError } from "../../base/errors.ts";
import type { Call } from "../call.ts";
import { route } from "../router.ts";

/** Says plainly that a part of the API is still to come. */
export function notYet(what: string): (call: Call) => never {
  return () => {
    throw new EngineError("not-implemented", `${what} is not implemented yet`);
  };
}

const build = notYet("building images");

export const routes = [route("POST", "/session", build), route("POST", "/grpc", build)];
