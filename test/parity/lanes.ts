import type { ParityCase } from "./case.ts";

/** Lets `width` cases run side by side, and those marked `alone` by themselves. */
export class Lanes {
  readonly #width: number;
  #free: number;
  readonly #waiting: { need: number; go: () => void }[] = [];

  constructor(width: number) {
    this.#width = width;
    this.#free = width;
  }

  async run<T>(question: ParityCase, job: () => Promise<T>): Promise<T> {
    const need = question.alone === true ? this.#width : 1;
    await new Promise<void>((go) => {
      this.#waiting.push({ need, go });
      this.#next();
    });
    try {
      return await job();
    } finally {
      this.#free += need;
      this.#next();
    }
  }

  #next(): void {
    for (;;) {
      const first = this.#waiting[0];
      if (first === undefined || first.need > this.#free) return;
      this.#waiting.shift();
      this.#free -= first.need;
      first.go();
    }
  }
}
