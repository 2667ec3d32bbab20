import { EngineError } from "../../../base/errors.ts";

/** A `--chmod`: the bits themselves, or changes of what is there. */
export type ModeChange = number | SymbolicChange[];

interface SymbolicChange {
  who: string;
  operator: "+" | "-" | "=";
  permissions: string;
}

/** Reads what chmod(1) takes: octal digits, or clauses such as `u=rwX,go-w`. Throws `invalid`. */
export function parseMode(text: string): ModeChange {
  if (/^[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8);
  const clauses = text.split(",").map((clause) => /^([ugoa]*)((?:[-+=][rwxXst]*)+)$/.exec(clause));
  if (clauses.some((clause) => clause === null)) throw invalidMode(text);
  return clauses.flatMap((clause) => {
    const [, who = "", actions = ""] = clause ?? [];
    return [...actions.matchAll(/([-+=])([rwxXst]*)/g)].map(([, operator, permissions = ""]) => ({
      who: who === "" ? "a" : who,
      operator: operator as SymbolicChange["operator"],
      permissions,
    }));
  });
}

function invalidMode(text: string): EngineError {
  return new EngineError(
    "invalid",
    `invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`,
  );
}

/** The permission bits, 12 of them, after the change. */
export function changeMode(mode: number, isDirectory: boolean, change: ModeChange): number {
  if (typeof change === "number") return change;
  return change.reduce((bits, each) => applied(bits, isDirectory, each), mode);
}

const groups: Record<string, { shift: number; special: number }> = {
  u: { shift: 6, special: 0o4000 },
  g: { shift: 3, special: 0o2000 },
  o: { shift: 0, special: 0 },
};

function applied(mode: number, isDirectory: boolean, { who, operator, permissions }: SymbolicChange): number {
  const executes =
    permissions.includes("x") || (permissions.includes("X") && (isDirectory || (mode & 0o111) !== 0));
  const triple =
    (permissions.includes("r") ? 4 : 0) | (permissions.includes("w") ? 2 : 0) | (executes ? 1 : 0);
  let bits = permissions.includes("t") ? 0o1000 : 0;
  let mask = 0;
  for (const name of who.includes("a") ? "ugo" : who) {
    const { shift, special } = groups[name] as { shift: number; special: number };
    bits |= (triple << shift) | (permissions.includes("s") ? special : 0);
    mask |= (7 << shift) | special;
  }
  if (operator === "+") return mode | bits;
  return operator === "-" ? mode & ~bits : (mode & ~mask) | bits;
}
