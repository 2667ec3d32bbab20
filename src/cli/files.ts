/** node:fs, loaded when it is first needed: 2 ms that most commands save. */
export function files(): typeof import("node:fs") {
  return require("node:fs") as typeof import("node:fs");
}
