import type { Heredoc, ParserDirectives, SourceRange } from "../dockerfile/node.ts";
import type { RunMount } from "./run-mount.ts";
import type { LintWarning } from "./lint-warning.ts";

/** Where an instruction stands and how it was written. */
interface Written {
  range: SourceRange;
  /** The logical line as written: `COPY --from=build /a /b`. */
  text: string;
}

/** `NAME=value` of ENV, LABEL. */
export interface Pair {
  name: string;
  value: string;
  /** Written as `ENV name value`. */
  legacy: boolean;
}

/** `ARG NAME[=default]`. */
export interface ArgDeclaration {
  name: string;
  value?: string;
  /** Comment lines above it that begin with its name. */
  description?: string;
}

/** Shell form is one string for SHELL to run; exec form is the argument list. */
export interface CommandLine {
  form: "shell" | "exec";
  words: readonly string[];
}

export type ArgInstruction = Written & { kind: "arg"; args: readonly ArgDeclaration[] };
export type EnvInstruction = Written & { kind: "env"; pairs: readonly Pair[] };
export type LabelInstruction = Written & { kind: "label"; pairs: readonly Pair[] };
export type MaintainerInstruction = Written & { kind: "maintainer"; maintainer: string };
export type WorkdirInstruction = Written & { kind: "workdir"; path: string };
export type UserInstruction = Written & { kind: "user"; user: string };
export type ExposeInstruction = Written & { kind: "expose"; ports: readonly string[] };
export type VolumeInstruction = Written & { kind: "volume"; paths: readonly string[] };
export type StopSignalInstruction = Written & { kind: "stopsignal"; signal: string };
export type ShellInstruction = Written & { kind: "shell"; shell: readonly string[] };
export type CmdInstruction = Written & { kind: "cmd"; command: CommandLine };
export type EntrypointInstruction = Written & { kind: "entrypoint"; command: CommandLine };

/** `expression` is what the image keeps: the trigger without ONBUILD. */
export type OnbuildInstruction = Written & { kind: "onbuild"; expression: string };

/** As the image's `Healthcheck`: durations in ns, 0 or absent means inherited. `test` is `["NONE"]`, `["CMD", …]` or `["CMD-SHELL", line]`. */
export type HealthcheckInstruction = Written & {
  kind: "healthcheck";
  test: readonly string[];
  intervalNs?: number;
  timeoutNs?: number;
  startPeriodNs?: number;
  startIntervalNs?: number;
  retries?: number;
};

export type RunInstruction = Written & {
  kind: "run";
  command: CommandLine;
  heredocs: readonly Heredoc[];
  /** `--mount` values as written; `mounts` is them read, final only after expandInstruction. */
  mountFlags: readonly string[];
  mounts: readonly RunMount[];
  network: "default" | "none" | "host";
  security: "sandbox" | "insecure";
  /** `--device` values. */
  devices: readonly string[];
};

/** A file written in the Dockerfile itself (`COPY <<EOF /path`). */
export interface InlineFile {
  name: string;
  content: string;
  expand: boolean;
}

interface Transfer extends Written {
  /** Paths, or for ADD also URLs; inline files are not among them. */
  sources: readonly string[];
  inlineFiles: readonly InlineFile[];
  destination: string;
  chown?: string;
  chmod?: string;
  link: boolean;
  /** `--exclude` patterns in .dockerignore's syntax. */
  excludes: readonly string[];
}

export type CopyInstruction = Transfer & {
  kind: "copy";
  /** A stage's name or number, a named context or an image. */
  from?: string;
  parents: boolean;
};

export type AddInstruction = Transfer & {
  kind: "add";
  checksum?: string;
  keepGitDir?: boolean;
  /** `--unpack`: absent means local archives only. */
  unpack?: boolean;
};

/** What may stand in a stage. Words are unexpanded as read; `expandInstruction` answers them expanded. */
export type Instruction =
  | AddInstruction
  | ArgInstruction
  | CmdInstruction
  | CopyInstruction
  | EntrypointInstruction
  | EnvInstruction
  | ExposeInstruction
  | HealthcheckInstruction
  | LabelInstruction
  | MaintainerInstruction
  | OnbuildInstruction
  | RunInstruction
  | ShellInstruction
  | StopSignalInstruction
  | UserInstruction
  | VolumeInstruction
  | WorkdirInstruction;

export type InstructionKind = Instruction["kind"];

/** `FROM [--platform=P] BASE [AS name]` and everything up to the next. */
export interface Stage extends Written {
  /** In lower case; absent if it has none. */
  name?: string;
  /** An image, an earlier stage or `scratch`, variables unexpanded. */
  base: string;
  platform?: string;
  /** Comment lines above it that begin with its name. */
  description?: string;
  instructions: readonly Instruction[];
}

/** A whole Dockerfile, understood. */
export interface Dockerfile {
  directives: ParserDirectives;
  /** ARGs before the first FROM. */
  metaArgs: readonly ArgInstruction[];
  stages: readonly Stage[];
  /** What lint found while reading; rules that need expanded values come from the graph. */
  warnings: readonly LintWarning[];
  /** The lines of the file, for messages. */
  lines: readonly string[];
}
