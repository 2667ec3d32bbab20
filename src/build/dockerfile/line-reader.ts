/** The lines of a text, each with its newline; the place of the next one. */
export class LineReader {
  readonly lines: readonly string[];
  /** How many were taken: the number of the last one. */
  taken = 0;

  constructor(text: string) {
    const withoutMark = text.replace(/^\uFEFF/, "");
    this.lines = withoutMark === "" ? [] : withoutMark.split(/(?<=\n)/);
  }

  /** The next line with its newline. */
  raw(): string | undefined {
    const line = this.lines[this.taken];
    if (line !== undefined) this.taken++;
    return line;
  }

  /** The next line without its end. */
  next(): string | undefined {
    return this.raw()?.replace(/[\r\n]+$/, "");
  }
}
