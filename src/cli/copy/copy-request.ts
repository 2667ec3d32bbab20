/** One `cp`, in either direction. */
export interface CopyRequest {
  container: string;
  containerPath: string;
  /** `-` for standard input or output. */
  localPath: string;
  /** To a container: everything becomes its user's. */
  archive: boolean;
  followLink: boolean;
  quiet: boolean;
}
