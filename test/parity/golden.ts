import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";

const directory = join(import.meta.dirname, "testdata");
const heading = "=== ";

/** What of a machine shows in answers of cases marked `machine`. */
export function machineFacts(): string {
  const cgroups = existsSync("/sys/fs/cgroup/cgroup.controllers") ? "v2" : "v1";
  return `linux ${release()}, cgroups ${cgroups}, ${cpus().length} processors`;
}

/** A dockerd's answers to the cases of one table, by title, and the machine they were recorded on. */
export interface Golden {
  machine: string;
  answers: Map<string, string>;
}

/** Reads `testdata/TABLE.txt`; undefined where nothing was recorded. */
export function readGolden(table: string): Golden | undefined {
  const path = join(directory, `${table}.txt`);
  if (!existsSync(path)) return undefined;
  const [machine = "", ...sections] = `\n${readFileSync(path, "utf8")}`.split(`\n${heading}`);
  return { machine: machine.trim(), answers: new Map(sections.map(sectionParts)) };
}

function sectionParts(section: string): [string, string] {
  const end = section.indexOf("\n");
  return [section.slice(0, end), section.slice(end + 1)];
}

/** Writes what was recorded, one section a case in the order of the table. */
export function writeGolden(table: string, { machine, answers }: Golden): void {
  const sections = [...answers].map(([title, answer]) => `${heading}${title}\n${answer}\n`);
  writeFileSync(join(directory, `${table}.txt`), `${machine}\n${sections.join("")}`);
}
