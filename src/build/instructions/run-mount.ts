export type CacheSharing = "shared" | "private" | "locked";

/** One `RUN --mount=…`, read. Sizes in bytes; `mode` as a number; `from` is a stage, a named context or an image. */
export type RunMount =
  | { type: "bind"; target: string; source?: string; from?: string; readOnly: boolean }
  | {
      type: "cache";
      target: string;
      source?: string;
      from?: string;
      readOnly: boolean;
      /** Names the cache; the target's path if it was not given. */
      id: string;
      sharing: CacheSharing;
      mode?: number;
      uid?: number;
      gid?: number;
    }
  | { type: "tmpfs"; target: string; sizeBytes?: number }
  | {
      type: "secret";
      id: string;
      /** A file there, unless it only goes to `env`. */
      target?: string;
      env?: string;
      required: boolean;
      mode?: number;
      uid?: number;
      gid?: number;
    }
  | {
      type: "ssh";
      id: string;
      target?: string;
      required: boolean;
      mode?: number;
      uid?: number;
      gid?: number;
    };
