import type { Digest } from "../../spec/digest.ts";
import type { BytePath } from "../archive/entry-path.ts";
import { WorkerPool } from "../worker/worker-pool.ts";

export const treeWorkerRole = "tree-worker";

/** What the child that seals layers is asked. */
export type TreeTask =
  | {
      kind: "seal";
      /** The layer's directory, with its files in `diff`. */
      directory: string;
      /** Mount points the runtime made: taken away. */
      remove: BytePath[];
      latestSeconds?: number;
    }
  /** `from` and `to` are layers' directories; `below` are lists of shared files of those that `to` comes to stand on. */
  | { kind: "rebase"; from: string; to: string; below: string[] }
  | { kind: "sync"; directory: string };

export interface Sealed {
  diffId: Digest;
  sizeBytes: number;
  tarBytes: number;
}

let pool: WorkerPool | undefined;

/**
 * Sums the files in `directory`/diff as the layer's tar that they are, and keeps beside them what is needed to write that tar again.
 * Nobody may change them meanwhile. Not yet on the disk afterwards.
 */
export async function sealTree(
  directory: string,
  remove: ReadonlySet<BytePath>,
  { signal, latestSeconds }: { signal?: AbortSignal | undefined; latestSeconds?: number | undefined } = {},
): Promise<Sealed> {
  const task: TreeTask = {
    kind: "seal",
    directory,
    remove: [...remove],
    ...(latestSeconds !== undefined && { latestSeconds }),
  };
  return await workers().run<Sealed>(task, signal);
}

/** Makes the layer in `to`, an empty directory, the same as that in `from`, by further names of its files. */
export async function rebaseTree(
  from: string,
  to: string,
  below: string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const task: TreeTask = { kind: "rebase", from, to, below };
  await workers().run(task, signal);
}

/** Brings the file system that holds `directory` to its disk, in a child: this waits for all that anybody has written there. */
export async function syncTree(directory: string): Promise<void> {
  const task: TreeTask = { kind: "sync", directory };
  await workers().run(task);
}

function workers(): WorkerPool {
  pool ??= new WorkerPool(treeWorkerRole);
  return pool;
}
