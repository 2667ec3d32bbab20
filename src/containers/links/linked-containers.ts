import { EngineError } from "../../base/errors.ts";
import type { Container } from "../container.ts";
import type { ContainersContext } from "../context.ts";
import { isRunning } from "../state.ts";
import { linkName } from "./link.ts";

const bridge = "bridge";

/** A link of a container that starts, and where it leads. */
export interface Linked {
  alias: string;
  /** `/LINKER/ALIAS`. */
  fullName: string;
  container: Container;
  address: string;
}

/**
 * Where the links of a container lead at its start; nowhere when it is not on the default bridge itself. Throws conflict
 * for one that does not run or is not there.
 */
export function linkedContainers({ repository }: ContainersContext, linker: Container): Linked[] {
  if (addressOf(linker) === undefined) return [];
  return (linker.links ?? []).map((link) => {
    const fullName = linkName(linker, link);
    const container = repository.byId(link.id);
    if (container === undefined || !isRunning(container.state)) {
      const name = container?.name ?? link.name;
      throw new EngineError("conflict", `Cannot link to a non running container: /${name} AS ${fullName}`);
    }
    const address = addressOf(container);
    if (address === undefined)
      throw new EngineError("conflict", `container ${link.id} not attached to default bridge network`);
    return { alias: link.alias, fullName, container, address };
  });
}

/** Those of them that run and have an address now. */
export function reachableLinks({ repository }: ContainersContext, linker: Container): Linked[] {
  return (linker.links ?? []).flatMap((link) => {
    const container = repository.byId(link.id);
    const address = container && addressOf(container);
    if (container === undefined || address === undefined) return [];
    return [{ alias: link.alias, fullName: linkName(linker, link), container, address }];
  });
}

/** Its address on the default bridge, while it has one. */
export function addressOf({ network }: Container): string | undefined {
  return network.Networks?.[bridge]?.IPAddress || undefined;
}
