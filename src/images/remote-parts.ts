import type { RegistryClient } from "../registry/registry-client.ts";
import type { PartialBlobs } from "../store/blobs/partial-blobs.ts";

/** What pulling and pushing need besides the room. */
export interface RemoteParts {
  /** Made when it is first needed: most engines' days go by without. */
  registry: () => Promise<RegistryClient>;
  partials: PartialBlobs;
  /** How many layers are moved at a time; asked each time. */
  atOnce: () => { downloads: number; uploads: number };
}
