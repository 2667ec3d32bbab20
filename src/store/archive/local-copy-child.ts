import { writeSync } from "node:fs";
import { messageOf } from "../../base/errors.ts";
import { extractInput } from "./extract-input.ts";
import { Extractor } from "./extractor.ts";
import type { TarEntry } from "./tar-entry.ts";
import { TarOutput } from "./tar-output.ts";
import { TreePacker } from "./tree-packer.ts";

/** The child of a copying command: `pack DIRECTORY BASE NAME` or `unpack DIRECTORY [FROM TO]`, as the user who called. */
export async function run([verb = "", directory = "", ...names]: string[]): Promise<number> {
  try {
    process.chdir(directory);
    const [first = "", second = ""] = names.map((name) => Buffer.from(name).toString("latin1"));
    if (verb === "pack") pack(first, second);
    else unpack(names.length === 0 ? undefined : { from: first, to: second });
    return 0;
  } catch (error) {
    writeSync(2, messageOf(error));
    return 1;
  }
}

function pack(base: string, name: string): void {
  const output = new TarOutput(1);
  const packer = new TreePacker({ whiteouts: "literal" }, (bytes) => output.write(bytes));
  packer.packAs(base === "." ? "" : base, name);
  output.flush();
}

/** Links in the archive cannot lead out of the directory: the extractor takes it for the whole world. */
function unpack(rename: { from: string; to: string } | undefined): void {
  process.umask(0);
  const extractor = new Extractor({ whiteouts: "literal", into: "", owner: "caller", keepKinds: true });
  extractInput(extractor, rename && ((entry) => renamed(entry, rename)));
}

function renamed(entry: TarEntry, { from, to }: { from: string; to: string }): TarEntry {
  const name = (bytes: Buffer) => {
    const text = bytes.toString("latin1");
    const inside = text === from || text.startsWith(from === "" ? "" : `${from}/`);
    return inside ? Buffer.from(to + text.slice(from.length), "latin1") : bytes;
  };
  const linkName = entry.type === "hardlink" ? name(entry.linkName) : entry.linkName;
  return { ...entry, name: name(entry.name), linkName };
}
