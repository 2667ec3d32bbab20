import { nearest } from "../base/nearest.ts";
import type { Flag } from "./command.ts";

/** The flag that an unknown one was likely meant to be: `--it` → `-it`, `-rm` → `--rm`, `--pul` → `--pull`. */
export function suggestFlag(word: string, flags: readonly Flag[]): string | undefined {
  const name = word.replace(/^-+/, "").replace(/=.*/s, "");
  const visible = flags.filter((flag) => !flag.hidden);
  const exact = visible.find((flag) => flag.name === name);
  if (exact !== undefined) return `--${exact.name}`;
  const letters = name.split("");
  if (word.startsWith("--") && letters.every((letter) => visible.some((flag) => flag.short === letter)))
    return `-${name}`;
  const near = nearest(
    name,
    visible.map((flag) => flag.name),
  );
  return near === undefined ? undefined : `--${near}`;
}
