import { EngineError, messageOf } from "../base/errors.ts";
import { parseContainerName } from "../spec/container-name.ts";
import type { ContainersContext } from "./context.ts";
import { publishEvent } from "./publish-event.ts";

export function renameContainer(context: ContainersContext, reference: string, newName: string): void {
  if (newName === "") throw new EngineError("invalid", "Neither old nor new names may be empty");
  const container = context.repository.find(reference);
  const name = newName.replace(/^\//, "");
  if (name === container.name) {
    throw new EngineError("invalid", "Renaming a container with the same name as its current name");
  }
  try {
    parseContainerName(`/${name}`);
  } catch (error) {
    throw new EngineError("invalid", `Error when allocating new name: ${messageOf(error)}`);
  }
  const holder = context.repository.byName(name);
  if (holder !== undefined) {
    throw new EngineError(
      "conflict",
      `Error when allocating new name: Conflict. The container name "/${name}" is already in use by container "${holder.id}". You have to remove (or rename) that container to be able to reuse that name.`,
    );
  }
  const renamed = context.repository.save({ ...container, name });
  publishEvent(context, renamed, "rename", { oldName: `/${container.name}` });
}
