import { CommandError } from "../command.ts";
import { endsWithSlash, meansContents, type Place, splitPath } from "./paths.ts";

/** How an archive of the source goes to its destination. */
export interface CopyPlan {
  /** Where it is unpacked. */
  directory: string;
  /** What its first name becomes; undefined where it stays. */
  name: string | undefined;
}

/** The rules of `docker cp` (its manual, "Description"). `source` is what an archive is made of, not yet renamed. */
export function planCopy(source: Place, destination: Place): CopyPlan {
  if (destination.exists && destination.isDirectory) return { directory: destination.path, name: undefined };
  if (destination.exists && source.isDirectory) throw new CommandError("cannot copy directory");
  const { directory, base } = splitPath(destination.path);
  const assertsDirectory = endsWithSlash(destination.path) || meansContents(destination.path);
  if (!destination.exists && !source.isDirectory && assertsDirectory)
    throw new CommandError("no such directory");
  return { directory, name: base };
}
