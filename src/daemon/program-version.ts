import { execFile } from "node:child_process";

/** A program's version number, asked for in the background: empty until it has answered, and where it cannot. */
export class ProgramVersion {
  #text = "";

  constructor(program: string) {
    execFile(program, ["--version"], (error, stdout) => {
      if (error === null) this.#text = /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? "";
    });
  }

  get text(): string {
    return this.#text;
  }
}
