import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must } from "./command.ts";
import type { Driver } from "./driver.ts";
import { cacheDirectory, runPrefix } from "./paths.ts";

/** The small image most scenarios run on. */
export const busyboxImage = "gt-busybox:latest";

/** Imports the small image unless the engine has it. */
export async function ensureBusybox(driver: Driver): Promise<void> {
  if ((await driver.run(["image", "inspect", busyboxImage])).code === 0) return;
  const changes = ['CMD ["sh"]', "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];
  await driver.ok("import", ...changes.flatMap((change) => ["-c", change]), await busyboxTar(), busyboxImage);
}

/** A root file system from the system's static busybox, as a tar file. */
export async function busyboxTar(): Promise<string> {
  const binary = ["/bin/busybox", "/usr/bin/busybox", "/bin/busybox.static"].find((path) => existsSync(path));
  if (binary === undefined) throw new Error("no static busybox: install busybox-static");
  return cached(`busybox-${statSync(binary).size}.tar`, async (root) => {
    for (const directory of ["bin", "etc", "home", "proc", "root", "sys", "dev", "usr/bin", "var/log"])
      mkdirSync(join(root, directory), { recursive: true });
    mkdirSync(join(root, "tmp"), { mode: 0o1777 });
    copyFileSync(binary, join(root, "bin", "busybox"));
    const applets = (await must([binary, "--list"]))
      .split("\n")
      .filter((name) => name !== "" && name !== "busybox");
    await must([
      "sh",
      "-c",
      'cd "$0" && shift 0; for applet; do ln busybox "$applet"; done',
      join(root, "bin"),
      ...applets,
    ]);
    writeFileSync(
      join(root, "etc", "passwd"),
      "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/sh\n",
    );
    writeFileSync(join(root, "etc", "group"), "root:x:0:\nusers:x:100:\nnogroup:x:65534:\n");
  });
}

/** The tar `name` of what `fill` puts into a directory; made once and kept. */
export async function cached(name: string, fill: (root: string) => Promise<void>): Promise<string> {
  const path = join(cacheDirectory, "images", name);
  if (existsSync(path)) return path;
  mkdirSync(join(cacheDirectory, "images"), { recursive: true });
  const root = mkdtempSync(join(tmpdir(), `${runPrefix}rootfs-`));
  try {
    await fill(root);
    await must([
      "tar",
      "--numeric-owner",
      "--owner=0",
      "--group=0",
      "-C",
      root,
      "-cf",
      `${path}.${process.pid}`,
      ".",
    ]);
    renameSync(`${path}.${process.pid}`, path);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return path;
}
