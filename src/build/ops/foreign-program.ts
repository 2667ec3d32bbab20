import { formatPlatform, hostPlatform } from "../../spec/platform.ts";
import type { StepContext } from "../solver/step.ts";

/** Watches for the kernel's word for programs of other processors: runtime and shells print it, and nobody knows what it means. */
export class ForeignProgramWatch {
  #seen = false;
  readonly output: StepContext["output"];

  constructor(output: StepContext["output"]) {
    this.output = (stream, data) => {
      if (stream === "stderr" && /exec format error/i.test(Buffer.from(data).toString("latin1")))
        this.#seen = true;
      output(stream, data);
    };
  }

  /** What is to be done about it; empty where none was seen. */
  get hint(): string {
    if (!this.#seen) return "";
    return (
      `: exec format error: a program is not for ${formatPlatform(hostPlatform())}, and nothing emulates its processor here. ` +
      "Install qemu-user-static, which registers itself with the kernel (binfmt_misc), and build again"
    );
  }
}
