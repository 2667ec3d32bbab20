/**
 * What a step's result depends on, by name: `instruction` → its text, `base` → a digest, `file /a` → a digest. Values are digests or
 * short texts that people may see; never secrets. Two steps with the same manifest have the same result.
 */
export type Manifest = Readonly<Record<string, string>>;

export type OutputStream = "stdout" | "stderr";

/** What a running step may do besides its work. */
export interface StepContext {
  /** Aborted when nobody waits for the result any more. */
  signal: AbortSignal;
  /** What it prints. */
  output: (stream: OutputStream, data: Uint8Array) => void;
  /** The id of the container it runs in, for those who show it. */
  runsIn: (id: string) => void;
}

/** A vertex of a build's graph. The solver knows no more of it than this. */
export interface Step<R> {
  /** What people read: `[build 2/5] RUN make`. */
  readonly name: string;
  /** Steps whose results it stands on. */
  readonly inputs: readonly Step<R>[];
  /** Its place in the build, the same in the next build of the same thing: what an explanation compares with. */
  readonly slot: string;
  /** Kind of its cache record, as `du` shows it: `regular`, `source.local`, … */
  readonly type: string;
  /** Runs even if the result is known. */
  readonly ignoreCache?: boolean;
  /** Its result is not kept: it costs nothing to make, or depends on what no manifest can say. */
  readonly ephemeral?: boolean;
  manifest(inputs: readonly R[], signal: AbortSignal): Manifest | Promise<Manifest>;
  run(inputs: readonly R[], context: StepContext): Promise<R>;
}

/** Why a step ran: what differs from the last time. */
export interface Change {
  kind: "added" | "removed" | "changed";
  /** The name in the manifest. */
  input: string;
  before?: string;
  after?: string;
}

/** What running work tells of itself. */
export type WorkEvent =
  | { kind: "output"; stream: OutputStream; data: Uint8Array }
  | { kind: "runs-in"; id: string };

/** What one build sees of one of its steps. */
export type StepEvent =
  | { kind: "started" }
  | WorkEvent
  /** `changes` is absent where there was no earlier build to compare with. */
  | { kind: "missed"; changes?: readonly Change[] }
  /** `origin` names the cache of somebody else's that it came from. */
  | { kind: "done"; cached: boolean; origin?: string }
  | { kind: "failed"; error: unknown };

export type StepObserver<R> = (step: Step<R>, event: StepEvent) => void;
