// The wire types of building: what Docker's classic `POST /build` streams, and what Gantry's own command asks for besides.

/** One line of the stream that `POST /build` answers. */
export interface BuildMessage {
  /** Text for people, as the classic builder prints it. */
  stream?: string;
  /** A pull's or push's own progress. */
  status?: string;
  id?: string;
  progress?: string;
  progressDetail?: { current?: number; total?: number };
  /** With `trace=1`: what happened to the steps, instead of text. */
  trace?: BuildTrace;
  aux?: BuildAux;
  error?: string;
  errorDetail?: BuildErrorDetail;
}

export interface BuildAux {
  /** The image's id. */
  ID?: string;
  /** With `trace=1`: what `--metadata-file` gets. */
  metadata?: Record<string, unknown>;
  /** A result to be fetched by `GET /build/outputs/{id}`, in the order of `outputs`. */
  output?: string;
  /** An OCI layout with the cache, likewise, in the order of those of `cacheto` that are `local`. */
  cache?: string;
  /** The answer of `call=…` in BuildKit's form; `failed` if the command is to fail. */
  call?: { json: unknown; failed: boolean };
}

export interface BuildErrorDetail {
  message: string;
  code?: number;
  /** The lines of the Dockerfile that are to blame. */
  source?: BuildErrorSource;
}

export interface BuildErrorSource {
  /** As given by `dockerfile`. */
  file: string;
  /** All lines of the file. */
  lines: string[];
  /** 1-based, both included. */
  ranges: { startLine: number; endLine: number }[];
}

/** A piece of BuildKit's progress: everything that is new since the last. Times are RFC 3339 with nanoseconds. */
export interface BuildTrace {
  vertexes?: BuildVertex[];
  statuses?: BuildVertexStatus[];
  logs?: BuildVertexLog[];
  warnings?: BuildVertexWarning[];
}

export interface BuildVertex {
  /** `sha256:…`: names the vertex in this build. */
  digest: string;
  inputs?: string[];
  /** `[build 2/5] RUN make`. */
  name: string;
  started?: string;
  completed?: string;
  cached?: boolean;
  error?: string;
}

/** Progress within a vertex: a download, an unpacking. */
export interface BuildVertexStatus {
  id: string;
  vertex: string;
  name?: string;
  total?: number;
  current: number;
  timestamp: string;
  started?: string;
  completed?: string;
}

export interface BuildVertexLog {
  vertex: string;
  /** 1 is stdout, 2 is stderr. */
  stream: number;
  /** Base64. */
  data: string;
  timestamp: string;
}

export interface BuildVertexWarning {
  vertex: string;
  level: number;
  /** Base64: the finding in one line. */
  short: string;
  /** Base64, each: more of it. */
  detail?: string[];
  url?: string;
  sourceInfo?: { filename: string; data: string };
  range?: { start: { line: number }; end: { line: number } }[];
}

/** What `POST /build` takes besides Docker's classic query, from Gantry's own command. */
export interface BuildExtensions {
  /** Progress as BuildTrace. */
  trace?: 1;
  /**
   * The context sent by `POST /build/contexts`. The body is then the Dockerfile itself (`text/x-dockerfile`), and `dockerfile` only its
   * name in messages; the same goes for `remote` with a body of that type.
   */
  context?: string;
  /** `--build-context`, JSON: by name `context:ID`, `docker-image://REF` or a URL. */
  contexts?: Record<string, string>;
  /** What RUN may ask for (`network.host`, `security.insecure`), a JSON list. */
  allow?: string;
  /** The ignore file's patterns, a JSON list: for the check that finds what they leave out. */
  ignore?: string;
  /** Secrets and ssh agents of `POST /build/sessions`. */
  session?: string;
  /** A JSON list of stages. */
  nocachefilter?: string;
  /** A JSON list of `--cache-to`, as given; `cachefrom` may hold more than images, too. */
  cacheto?: string;
  /**
   * A JSON list of objects with a `type`. In place of an image, what `aux.output` then names is fetched by `GET
   * /build/outputs/{id}` as a tar: the file tree for `local` and `tar`, an archive for `oci` and `docker`.
   */
  outputs?: string;
  /** A JSON list of `--attest`, as given. */
  attests?: string;
  /** A JSON list of `--annotation`, as given. */
  annotations?: string;
  call?: string;
  /** Says for each step that ran which of its inputs changed. */
  explain?: 1;
}

/**
 * One thing of a context, as `POST /build/contexts` gets it, a JSON list a line: path, mode with its type bits (st_mode), mtime
 * in nanoseconds as a string, then for a file its size and SHA-256 in hex, for a link its target.
 */
export type ContextLine =
  | [path: string, mode: number, mtimeNs: string]
  | [path: string, mode: number, mtimeNs: string, target: string]
  | [path: string, mode: number, mtimeNs: string, sizeBytes: number, sha256: string];

/** The answer: the context's id, good until the build that uses it ends, and which contents the engine lacks. */
export interface ContextAnswer {
  id: string;
  /** SHA-256 in hex, each once. */
  missing: string[];
}

/** `POST /build/sessions`: kept in memory alone, until the connection of the build that uses it ends. */
export interface SessionRequest {
  /** Values in base64, by id. */
  secrets?: Record<string, string>;
  /** Ids for which `POST /build/sessions/{id}/ssh?id=…` will be upgraded to a raw stream to an agent. */
  ssh?: string[];
  /** Folders with OCI layouts that will be read over `POST /build/sessions/{id}/layout?id=…`, one connection a file. */
  layouts?: string[];
}
