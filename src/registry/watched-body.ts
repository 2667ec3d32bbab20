import { EngineError } from "../base/errors.ts";

/** A source that says nothing for so long is taken for dead. */
const silenceMs = 60_000;

/** A response's body, ended as broken when nothing comes for a long time. */
export async function* watchedBody(response: Response): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  let timer: NodeJS.Timeout | undefined;
  try {
    for (;;) {
      const silent = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(brokenOff()), silenceMs);
      });
      const { value, done } = await Promise.race([reader.read(), silent]);
      clearTimeout(timer);
      if (done) return;
      yield value;
    }
  } finally {
    clearTimeout(timer);
    await reader.cancel().catch(() => {});
  }
}

/** Less has come than was told. As Go says it; what is behind it can be tried again. */
export function brokenOff(): EngineError {
  const cause = Object.assign(new Error("connection broke"), { code: "ECONNRESET" });
  return new EngineError("unavailable", "unexpected EOF", cause);
}
