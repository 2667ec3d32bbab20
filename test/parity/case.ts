/**
 * One question asked of an engine by a docker command line; exit code, output and errors must be what dockerd's are.
 *
 * `script` is shell text. It may use `docker` (says each code that is not 0), `api METHOD PATH [JSON]` (prints status
 * and body), `$IMAGE`, `$N` (a name of the case's own: prefix of all it makes), and `$DIR` (a directory the engine
 * sees at that path; the working directory, too).
 */
export interface ParityCase {
  title: string;
  script: string;
  /** Compare the output as JSON documents: a line for each value, or for its type, in the order of their paths. */
  json?: "values" | "types";
  /** What the machine is like shows in the answer: a recorded one counts only on a machine like the one it was recorded on. */
  machine?: boolean;
  /** No other case may run meanwhile: it looks at everything the engine has. */
  alone?: boolean;
}

export type CaseOptions = Omit<ParityCase, "title" | "script">;

export const same = (title: string, script: string, options: CaseOptions = {}): ParityCase => ({
  title,
  script,
  ...options,
});

export const sameJson = (title: string, script: string, options: CaseOptions = {}): ParityCase =>
  same(title, script, { json: "values", ...options });

/** For what is another machine's in every value: the fields, and what they hold. */
export const sameFields = (title: string, script: string, options: CaseOptions = {}): ParityCase =>
  same(title, script, { json: "types", ...options });
