import { writeSync } from "node:fs";

const bufferBytes = 256 * 1024;

/** Joins the many small pieces of a tar on their way to a descriptor. */
export class TarOutput {
  readonly #descriptor: number;
  readonly #buffer = Buffer.allocUnsafe(bufferBytes);
  #fill = 0;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  write(bytes: Buffer): void {
    if (this.#fill + bytes.length > bufferBytes) this.flush();
    if (bytes.length >= bufferBytes) return this.#writeWhole(bytes);
    this.#fill += bytes.copy(this.#buffer, this.#fill);
  }

  flush(): void {
    this.#writeWhole(this.#buffer.subarray(0, this.#fill));
    this.#fill = 0;
  }

  #writeWhole(bytes: Buffer): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#descriptor, bytes, done);
  }
}
