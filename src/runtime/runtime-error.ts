import { EngineError, type ErrorKind } from "../base/errors.ts";

/** A container or exec that could not be started: Docker's words, and the exit code Docker records for it. */
export class LaunchError extends EngineError {
  /** 126: found but cannot be run; 127: not found; 128: anything else. */
  readonly exitCode: number;
  /** The message without what tells who failed at what. */
  readonly problem: string;

  constructor(
    kind: ErrorKind,
    message: string,
    exitCode: number,
    { cause, problem = message }: { cause?: unknown; problem?: string } = {},
  ) {
    super(kind, message, cause);
    this.problem = problem;
    this.name = "LaunchError";
    this.exitCode = exitCode;
  }
}

const createPrefix =
  "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: ";
const execPrefix = "OCI runtime exec failed: exec failed: unable to start container process: ";

/** What a runtime printed when `create` failed, as dockerd would say it. */
export function createError(printed: string, args: string[]): LaunchError {
  return launchError(createPrefix, printed, args);
}

/** The same of `exec`. */
export function execError(printed: string, args: string[]): LaunchError {
  return launchError(execPrefix, printed, args);
}

function launchError(prefix: string, printed: string, args: string[]): LaunchError {
  const problem = plainProblem(printed, args);
  const { exitCode, kind } = classify(problem);
  const hint = /not a directory/i.test(problem) && exitCode === 127 ? mountHint : "";
  return new LaunchError(kind, prefix + problem + hint, exitCode, {
    cause: new Error(printed.trim()),
    problem,
  });
}

const mountHint =
  ": Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type";

/** dockerd reads the exit code from the words (daemon/start.go, setExitCodeFromError). */
function classify(problem: string): { exitCode: number; kind: ErrorKind } {
  const text = problem.toLowerCase();
  if (text.includes("permission denied")) return { exitCode: 126, kind: "invalid" };
  if (text.includes("executable file not found") || text.includes("no such file or directory")) {
    return { exitCode: 127, kind: "invalid" };
  }
  if (text.includes("not a directory")) return { exitCode: 127, kind: "invalid" };
  return { exitCode: 128, kind: "internal" };
}

/** Both runtimes' messages without their prefixes, and crun's in runc's words. */
function plainProblem(printed: string, args: string[]): string {
  const line = lastErrorLine(printed);
  for (const [pattern, say] of translations) {
    const match = pattern.exec(line);
    if (match !== null) return say(match, args);
  }
  return withGoErrno(
    line.replace(
      /^(runc create failed: |exec failed: )?(unable to start container process: )?(error during container init: )?/,
      "",
    ),
  );
}

/** C's words for an errno as Go writes them: programs look for `no such file or directory`. */
function withGoErrno(line: string): string {
  return line.replace(/: ([A-Z])(?=[a-z][a-z ()-]*$)/, (_, letter: string) => `: ${letter.toLowerCase()}`);
}

/** runc logs structured lines before its plain one; warnings may surround either. */
function lastErrorLine(printed: string): string {
  const lines = printed.trim().split("\n");
  const errors = lines.filter((line) => !/level=|^\s*$/.test(line));
  const logged = lines
    .map((line) => /level=error msg="(.*)"$/.exec(line)?.[1])
    .filter((text) => text !== undefined);
  const best = errors.at(-1) ?? logged.at(-1)?.replaceAll('\\"', '"') ?? lines.at(-1) ?? "";
  return best.replace(/^\S*Z: /, "").replace(/^\[conmon:\w\]: /, "");
}

type Translation = [RegExp, (match: RegExpExecArray, args: string[]) => string];

/** crun's sentences and what runc says of the same. */
const translations: Translation[] = [
  [/^executable file `(.*)` not found in \$PATH/, ([, name = ""]) => notFound(name)],
  [
    // crun answers EPERM for what is not a regular file.
    /^open executable: (Permission denied|Operation not permitted)/i,
    ([, why = ""], args) => cannotRun(args[0] ?? "", why),
  ],
  [
    /^exec container process (?:\(missing dynamic library\?\) )?`(.*)`: (.*)$/,
    ([, name = "", why = ""]) => execFailed(name, why),
  ],
  [
    /^(?:chdir|set working directory to) [`'](.*)[`']: (.*)$/,
    ([, path = "", why = ""]) => badDirectory(path, why),
  ],
  [
    /^mount `(.*)` to `(.*)`: (.*)$/,
    ([, source = "", target = "", why = ""]) => badMount(source, `/${target}`, why),
  ],
];

function notFound(name: string): string {
  if (name.includes("/")) return `exec: ${JSON.stringify(name)}: stat ${name}: no such file or directory`;
  return `exec: ${JSON.stringify(name)}: executable file not found in $PATH`;
}

function cannotRun(name: string, why: string): string {
  if (name === "") return notFound(name);
  const directory = /not permitted/i.test(why) ? "is a directory: " : "";
  return `exec: ${JSON.stringify(name)}: ${directory}permission denied`;
}

function execFailed(name: string, why: string): string {
  return `exec ${name}: ${why.toLowerCase()}`;
}

function badMount(source: string, target: string, why: string): string {
  return `error mounting ${JSON.stringify(source)} to rootfs at ${JSON.stringify(target)}: ${why.toLowerCase()}`;
}

function badDirectory(path: string, why: string): string {
  return `chdir to cwd (${JSON.stringify(path)}) set in config.json failed: ${why.toLowerCase()}`;
}
