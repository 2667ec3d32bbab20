/**
 * Who is being sent the output of containers. As in dockerd, an end is announced only when they have had all of it: a
 * client that hears of the end by another connection has the output before.
 */
export class OutputReaders {
  readonly #reading = new Map<string, Set<Promise<void>>>();

  /** One more reader; answers how to say that it has had everything, or has gone. */
  add(id: string): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    const readers = this.#reading.get(id) ?? new Set();
    this.#reading.set(id, readers);
    readers.add(promise);
    return () => {
      readers.delete(promise);
      if (readers.size === 0 && this.#reading.get(id) === readers) this.#reading.delete(id);
      resolve();
    };
  }

  has(id: string): boolean {
    return this.#reading.has(id);
  }

  /** Resolves when the container's readers have had what it said, or after that long: one that does not read stops nobody. */
  async served(id: string, atMostMs: number): Promise<void> {
    const readers = [...(this.#reading.get(id) ?? [])];
    if (readers.length === 0) return;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, atMostMs);
    await Promise.race([Promise.all(readers), late]);
    clearTimeout(timer);
  }
}
