/** Lines of a Dockerfile, 1-based, both included. */
export interface SourceRange {
  startLine: number;
  endLine: number;
}

/** `<<[-]WORD` with its text, as in a shell. */
export interface Heredoc {
  name: string;
  /** Every line as written, with its newline: see heredocText for what it says. */
  content: string;
  /** WORD stood without quotes: variables in the content count. */
  expand: boolean;
  /** `<<-`: tabs at the start of lines are dropped. */
  chomp: boolean;
  /** The descriptor it feeds: 0 unless written `3<<WORD`. */
  fileDescriptor: number;
}

/** One instruction of a Dockerfile, taken apart but not understood. */
export interface Node {
  /** In lower case: `from`, `run`. */
  instruction: string;
  /** The word as written: `From`. */
  keyword: string;
  /** `--flag[=value]` as written. */
  flags: readonly string[];
  /** What follows: words; one string for a command line; name, value, separator triples for ENV and LABEL. */
  words: readonly string[];
  /** The words were a JSON list. */
  json: boolean;
  /** The instruction behind ONBUILD. */
  trigger?: Node;
  heredocs: readonly Heredoc[];
  /** The logical line: continued lines joined, without heredoc bodies. */
  text: string;
  range: SourceRange;
  /** Comment lines right above it, without `#`. */
  comments: readonly string[];
}

/** What `# name=value` lines on top may set. */
export interface ParserDirectives {
  syntax?: string;
  check?: string;
  escape: EscapeCharacter;
}

export type EscapeCharacter = "\\" | "`";

export interface ParsedDockerfile {
  nodes: readonly Node[];
  directives: ParserDirectives;
  /** Where each directive stands, by its name. */
  directiveRanges: Readonly<Record<string, SourceRange>>;
  /** Lines that continue over an empty line, which is deprecated. */
  emptyContinuations: readonly SourceRange[];
  /** The lines of the file, for messages. */
  lines: readonly string[];
}
