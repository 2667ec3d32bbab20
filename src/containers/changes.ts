import type { FilesystemChange } from "../spec/api/container.ts";
import type { ContainersContext } from "./context.ts";

/** The API's numbers. */
const kinds = { modified: 0, added: 1, deleted: 2 } as const;

/** What the container changed in its image's file system. */
export async function listContainerChanges(
  { layers, repository }: ContainersContext,
  reference: string,
): Promise<FilesystemChange[]> {
  const changes = await layers.changes(repository.find(reference).id);
  return changes.map(({ path, kind }) => ({ Path: path, Kind: kinds[kind] }));
}
