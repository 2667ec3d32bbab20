import { writeSync } from "node:fs";
import { messageOf } from "../../base/errors.ts";
import { enterRoot } from "../../linux/special-files.ts";
import { TarOutput } from "./tar-output.ts";
import { type PackOptions, TreePacker } from "./tree-packer.ts";

/** The child that packs a directory, chrooted into it, as a tar on its standard output. */
export async function run([directory = "", whiteouts = "literal", ...skip]: string[]): Promise<number> {
  try {
    enterRoot(directory);
    const output = new TarOutput(1);
    const options = { whiteouts: whiteouts as PackOptions["whiteouts"], skip: new Set(skip) };
    new TreePacker(options, (bytes) => output.write(bytes)).pack();
    output.flush();
    return 0;
  } catch (error) {
    writeSync(2, messageOf(error));
    return 1;
  }
}
