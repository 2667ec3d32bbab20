import type { Duplex } from "node:stream";

/** A two-way byte stream with the engine: what an attach or an exec's connection is after its upgrade. */
export interface RawConnection {
  /**
   * Hands everything the engine sends to `sink`, which may keep the bytes. Resolves at its end; rejects when the
   * connection breaks or `sink` throws. Once only. A sink that blocks slows the engine.
   */
  receive(sink: (bytes: Uint8Array) => void): Promise<void>;
  /** Resolves when there is room for more, or the connection is gone (which `receive` tells). */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends our direction; the engine's goes on. */
  end(): void;
  /** Gives the connection up. A `receive` under way resolves. */
  close(): void;
}

/** A stream as a RawConnection. */
export function overStream(stream: Duplex): RawConnection {
  return {
    receive: (sink) =>
      new Promise((resolve, reject) => {
        stream.on("data", (chunk: Uint8Array) => {
          try {
            sink(chunk);
          } catch (error) {
            stream.destroy(error as Error);
          }
        });
        stream.once("end", resolve);
        stream.once("close", resolve);
        stream.once("error", reject);
        stream.resume();
      }),
    write: (bytes) =>
      new Promise((resolve) => {
        if (stream.write(bytes) || stream.destroyed) return resolve();
        stream.once("drain", resolve);
        stream.once("close", resolve);
      }),
    end: () => void stream.end(),
    close: () => void stream.destroy(),
  };
}
