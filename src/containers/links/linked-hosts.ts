import { readFileSync, writeFileSync } from "node:fs";
import type { Container } from "../container.ts";
import type { ContainersContext } from "../context.ts";
import { pathsOf } from "../paths.ts";
import { isRunning } from "../state.ts";
import { addressOf, type Linked } from "./linked-containers.ts";

/** A linked container's line in /etc/hosts, as extra host: found by alias, host name and name. */
export function hostsEntry({ alias, container, address }: Linked): string {
  const { name, config } = container;
  const names = [alias, config.Hostname ?? "", ...(alias === name ? [] : [name])];
  return `${names.filter((each) => each !== "").join(" ")}:${address}`;
}

/** A container has its address for this run: who links to it and runs already finds it there from now on. */
export function tellLinkers(context: ContainersContext, container: Container): void {
  const address = addressOf(container);
  if (address === undefined) return;
  for (const linker of context.repository.all()) {
    if (!isRunning(linker.state)) continue;
    for (const { id, alias } of linker.links ?? [])
      if (id === container.id) editHosts(context, linker, (text) => withAddress(text, alias, address));
  }
}

/** A running linker no longer finds what it knew by the alias. */
export function forgetAlias(context: ContainersContext, linker: Container, alias: string): void {
  if (isRunning(linker.state)) editHosts(context, linker, (text) => withoutAlias(text, alias));
}

/** In place: the file is mounted in the container, and may hold what was added there. */
function editHosts(context: ContainersContext, linker: Container, edit: (text: string) => string): void {
  const { hosts } = pathsOf(context, linker.id);
  const before = readFileSync(hosts, "utf8");
  const after = edit(before);
  if (after !== before) writeFileSync(hosts, after);
}

/** The text of a hosts file in which the line that begins with the alias has the address. */
export function withAddress(text: string, alias: string, address: string): string {
  return mapLines(text, (line) => {
    const names = namesIn(line);
    return names[0] === alias ? [`${address}\t${names.join(" ")}`] : [line];
  });
}

/** The text of a hosts file without the line that begins with the alias. */
export function withoutAlias(text: string, alias: string): string {
  return mapLines(text, (line) => (namesIn(line)[0] === alias ? [] : [line]));
}

/** The names of a line that is written as the engine writes it. */
function namesIn(line: string): string[] {
  return /^[^\s#]+\t(.+)$/.exec(line)?.[1]?.split(" ") ?? [];
}

function mapLines(text: string, change: (line: string) => string[]): string {
  return text.split("\n").flatMap(change).join("\n");
}
