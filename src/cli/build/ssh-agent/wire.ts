// The data types of the SSH protocols (RFC 4251, section 5).

/** Reads one after the other. Throws an Error where the bytes end too early. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  uint32(): number {
    const value = this.#bytes.readUInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  /** A string: bytes with their length before them. */
  bytes(): Buffer {
    return this.fixed(this.uint32());
  }

  text(): string {
    return this.bytes().toString();
  }

  fixed(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new Error("the data ends too early");
    const value = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return value;
  }

  get rest(): number {
    return this.#bytes.length - this.#at;
  }
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A string of all parts together. */
export function wireString(...parts: (Uint8Array | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part as Uint8Array)));
  return Buffer.concat([uint32(body.length), body]);
}

/** A positive number: without leading zeros, but with one where it would look negative. */
export function wireNumber(bigEndian: Uint8Array): Buffer {
  const first = bigEndian.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Buffer.alloc(0) : Buffer.from(bigEndian.subarray(first));
  const looksNegative = digits[0] !== undefined && digits[0] >= 0x80;
  return wireString(looksNegative ? Buffer.concat([Buffer.alloc(1), digits]) : digits);
}
