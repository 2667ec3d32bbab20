import type { ErrorKind } from "../../base/errors.ts";
import type { PathStat } from "../../spec/file-mode.ts";

// What the engine and the child that works inside a container's root say to each other.

export const filesRole = "container-files";

/** Something of the host's that appears in the container. */
export interface HostMount {
  source: string;
  destination: string;
  readOnly: boolean;
  /** Only where the root has nothing in its place. */
  ifMissing?: boolean;
}

/** How the child comes to the container's root. */
export type ContainerRoot =
  /** A directory that is the root already: a running container's, as its first process sees it. */
  | {
      kind: "directory";
      path: string;
      /** The user namespace that its owners are of; absent: the host's. */
      userNamespace?: string;
    }
  /** Mounted in a mount namespace of the child's own, which ends with it: nothing is ever left behind. */
  | {
      kind: "mounts";
      /** Where; a directory of the host's. */
      path: string;
      /** Absent where the root file system is mounted there already. */
      overlay?: { lower: string[]; upper?: string; work?: string; base: string };
      binds: HostMount[];
    };

/** Where nothing may be written, as dockerd sees it. */
export interface WriteRules {
  rootReadOnly: boolean;
  mounts: { destination: string; readOnly: boolean }[];
}

export type FilesAction =
  | { kind: "stat"; path: string }
  /** The tar of everything, nothing said before it but `{}`. */
  | { kind: "export" }
  | { kind: "pack"; path: string }
  | {
      kind: "unpack";
      path: string;
      keepKinds: boolean;
      /** `USER[:GROUP]` of the container to whom all of it will belong; absent: as the archive says. */
      owner?: string;
      rules: WriteRules;
    };

export interface FilesTask {
  root: ContainerRoot;
  action: FilesAction;
}

/** The first line on the child's standard output; a tar follows where one was asked for. */
export type FilesAnswer =
  | { stat?: PathStat }
  /** `missing`: the path is not there. */
  | { error: { kind: ErrorKind; message: string; missing?: boolean } };
