import { EngineError } from "../base/errors.ts";

/** signal(7) on x86 and ARM; real-time signals are added below. */
const numbers: Record<string, number> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  TRAP: 5,
  ABRT: 6,
  IOT: 6,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  STKFLT: 16,
  CHLD: 17,
  CLD: 17,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  TTIN: 21,
  TTOU: 22,
  URG: 23,
  XCPU: 24,
  XFSZ: 25,
  VTALRM: 26,
  PROF: 27,
  WINCH: 28,
  IO: 29,
  POLL: 29,
  PWR: 30,
  SYS: 31,
};
const firstRealTime = 34;
const lastRealTime = 64;

/**
 * `TERM`, `SIGTERM`, `term`, `15`, `RTMIN+3`, `RTMAX-1`. Throws `invalid` for an unknown name and for 0; a number is
 * taken as it is (`isSupportedSignal` tells whether the kernel has it), as dockerd does.
 */
export function parseSignal(text: string): number {
  if (/^[+-]?\d+$/.test(text) && Number(text) !== 0) return Number(text);
  const name = text.toUpperCase().replace(/^SIG/, "");
  const number = numbers[name] ?? realTime(name);
  if (number === undefined) throw new EngineError("invalid", `invalid signal: ${text}`);
  return number;
}

/** Where this is false, dockerd's `kill` says: `the linux daemon does not support signal N`. */
export function isSupportedSignal(number: number): boolean {
  return (number >= 1 && number <= 31) || (number >= firstRealTime && number <= lastRealTime);
}

/** `SIGTERM` for 15; the number in digits where it has no name. */
export function signalName(number: number): string {
  const name = Object.entries(numbers).find(([, value]) => value === number)?.[0];
  if (name !== undefined) return `SIG${name}`;
  if (number < firstRealTime || number > lastRealTime) return String(number);
  return number < 50
    ? offset("SIGRTMIN+", number - firstRealTime)
    : offset("SIGRTMAX-", lastRealTime - number);
}

/** Each of the two names reaches half of the range, as in bash's `kill -l`. */
function realTime(name: string): number | undefined {
  const match = /^RT(?:MIN(?:\+([1-9]\d?))?|MAX(?:-([1-9]\d?))?)$/.exec(name);
  if (match === null) return undefined;
  const up = name.startsWith("RTMIN");
  const steps = Number(match[1] ?? match[2] ?? 0);
  if (steps > (up ? 15 : 14)) return undefined;
  return up ? firstRealTime + steps : lastRealTime - steps;
}

function offset(prefix: string, steps: number): string {
  return steps === 0 ? prefix.slice(0, -1) : `${prefix}${steps}`;
}
