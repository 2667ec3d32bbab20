import { messageOf } from "../base/errors.ts";
import { fillNow } from "./fill.ts";

/** Child role: copies a directory of a root file system into a volume; its error is one line on standard error. */
export async function run([rootfs = "", path = "", data = ""]: string[]): Promise<number> {
  try {
    fillNow({ rootfs, path }, data);
    return 0;
  } catch (error) {
    console.error(messageOf(error));
    return 1;
  }
}
