import { writeSync } from "node:fs";
import { messageOf } from "../../base/errors.ts";
import { enterRoot } from "../../linux/special-files.ts";
import { type PackOptions, TreePacker } from "./tree-packer.ts";

const bufferBytes = 256 * 1024;

/** The child that packs a directory, chrooted into it, as a tar on its standard output. */
export async function run([directory = "", whiteouts = "literal", ...skip]: string[]): Promise<number> {
  try {
    enterRoot(directory);
    const output = new Output();
    new TreePacker({ whiteouts: whiteouts as PackOptions["whiteouts"], skip: new Set(skip) }, (bytes) =>
      output.write(bytes),
    ).pack();
    output.flush();
    return 0;
  } catch (error) {
    writeSync(2, messageOf(error));
    return 1;
  }
}

/** Joins the many small pieces of a tar. */
class Output {
  readonly #buffer = Buffer.allocUnsafe(bufferBytes);
  #fill = 0;

  write(bytes: Buffer): void {
    if (this.#fill + bytes.length > bufferBytes) this.flush();
    if (bytes.length >= bufferBytes) return writeWhole(bytes);
    this.#fill += bytes.copy(this.#buffer, this.#fill);
  }

  flush(): void {
    writeWhole(this.#buffer.subarray(0, this.#fill));
    this.#fill = 0;
  }
}

function writeWhole(bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(1, bytes, done);
}
