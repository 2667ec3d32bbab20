// Walks the frames of a zstd stream without decoding them (RFC 8878, 3.1), only to know whether it ends where a frame
// ends: the runtime's decoder takes a cut stream for a whole one.

const frameMagic = 0xfd2fb528;

/** Feed it the compressed bytes; `complete` tells whether they end between two frames. */
export class ZstdFrames {
  #need = 4;
  #fill = 0;
  readonly #bytes = Buffer.alloc(4);
  #skip = 0;
  #step: "magic" | "skippable" | "descriptor" | "block" = "magic";
  #checksum = false;

  get complete(): boolean {
    return this.#step === "magic" && this.#fill === 0 && this.#skip === 0;
  }

  write(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#skip > 0) {
        const taken = Math.min(this.#skip, chunk.length - at);
        this.#skip -= taken;
        at += taken;
        continue;
      }
      this.#bytes[this.#fill++] = chunk[at++] as number;
      if (this.#fill < this.#need) continue;
      this.#fill = 0;
      this.#read();
    }
  }

  #read(): void {
    switch (this.#step) {
      case "magic":
        if (this.#bytes.readUInt32LE(0) === frameMagic) this.#expect("descriptor", 1);
        // Not a frame either way: the decoder says what is wrong with it.
        else this.#expect("skippable", 4);
        break;
      case "skippable":
        this.#skip = this.#bytes.readUInt32LE(0);
        this.#expect("magic", 4);
        break;
      case "descriptor":
        this.#skip = this.#headerBytes(this.#bytes[0] as number);
        this.#expect("block", 3);
        break;
      default:
        this.#block(this.#bytes.readUIntLE(0, 3));
    }
  }

  /** Window descriptor, dictionary id and content size, as the descriptor's bits say (3.1.1.1). */
  #headerBytes(descriptor: number): number {
    this.#checksum = (descriptor & 0x04) !== 0;
    const single = (descriptor & 0x20) !== 0;
    const contentSize = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] as number;
    return (single ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] as number) + contentSize;
  }

  /** 3.1.1.2: a run-length block holds one byte whatever its size. */
  #block(header: number): void {
    const last = (header & 1) !== 0;
    const runLength = ((header >> 1) & 3) === 1;
    this.#skip = runLength ? 1 : header >> 3;
    if (!last) return this.#expect("block", 3);
    if (this.#checksum) this.#skip += 4;
    this.#expect("magic", 4);
  }

  #expect(step: "magic" | "skippable" | "descriptor" | "block", bytes: number): void {
    this.#step = step;
    this.#need = bytes;
  }
}
