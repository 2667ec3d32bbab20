import { randomBytes } from "node:crypto";

/** 64 hexadecimal digits, as Docker names containers, networks and execs. */
export type ObjectId = string;

/**
 * A new random id. The first 12 digits are never all decimal: that short form serves as a host name, and some
 * programs read an all-decimal host name as a number.
 */
export function newId(): ObjectId {
  for (;;) {
    const id = randomBytes(32).toString("hex");
    if (/[a-f]/.test(id.slice(0, 12))) return id;
  }
}

/** The 12-digit form that people see. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, "").slice(0, 12);
}
