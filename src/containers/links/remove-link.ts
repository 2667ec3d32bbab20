import { EngineError } from "../../base/errors.ts";
import type { ContainersContext } from "../context.ts";
import { forgetAlias } from "./linked-hosts.ts";

/** `rm --link LINKER/ALIAS`: the linker no longer knows the container by that name; both stay. */
export function removeLink(context: ContainersContext, reference: string): void {
  const { repository } = context;
  const found = repository.link(reference);
  if (found === undefined) {
    repository.find(reference);
    throw new EngineError("conflict", "Conflict, cannot remove the default link name of the container");
  }
  const { linker, link } = found;
  repository.save({ ...linker, links: (linker.links ?? []).filter((each) => each !== link) });
  forgetAlias(context, linker, link.alias);
}
