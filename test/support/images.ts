import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { must } from "./command.ts";
import type { Driver } from "./driver.ts";
import { cacheDirectory, runPrefix } from "./paths.ts";

/** The small image most scenarios run on. */
export const busyboxImage = "gt-busybox:latest";

const busyboxChanges = [
  'CMD ["sh"]',
  "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
];

/** Imports the small image unless the engine has it. */
export async function ensureBusybox(driver: Driver): Promise<void> {
  if ((await driver.run(["image", "inspect", busyboxImage])).code === 0) return;
  await driver.ok(
    "import",
    ...busyboxChanges.flatMap((change) => ["-c", change]),
    await busyboxTar(),
    busyboxImage,
  );
}

/** A root file system from the system's static busybox, as a tar file. */
export async function busyboxTar(): Promise<string> {
  return cached(`busybox-${statSync(busyboxBinary()).size}.tar`, layBusybox);
}

/** Imports an image of the small one's files and what `fill` adds to them. */
export async function importTree(
  driver: Driver,
  tag: string,
  fill: (root: string) => void | Promise<void>,
): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), `${runPrefix}tree-`));
  try {
    await layBusybox(root);
    await fill(root);
    await must(["tar", "--numeric-owner", "-C", root, "-cf", `${root}.tar`, "."]);
    await driver.ok("import", ...busyboxChanges.flatMap((change) => ["-c", change]), `${root}.tar`, tag);
  } finally {
    rmSync(root, { recursive: true, force: true });
    rmSync(`${root}.tar`, { force: true });
  }
}

function busyboxBinary(): string {
  const candidates = ["/bin/busybox.static", "/bin/busybox", "/usr/bin/busybox"];
  const binary = candidates.find((path) => existsSync(path));
  if (binary === undefined) throw new Error("no static busybox: install busybox-static");
  return binary;
}

async function layBusybox(root: string): Promise<void> {
  for (const directory of ["bin", "etc", "home", "proc", "root", "sys", "dev", "usr/bin", "var/log"])
    mkdirSync(join(root, directory), { recursive: true });
  mkdirSync(join(root, "tmp"));
  chmodSync(join(root, "tmp"), 0o1777);
  chmodSync(root, 0o755);
  copyFileSync(busyboxBinary(), join(root, "bin", "busybox"));
  const applets = (await must([busyboxBinary(), "--list"])).split("\n");
  for (const applet of applets.filter((name) => name !== "" && name !== "busybox"))
    linkSync(join(root, "bin", "busybox"), join(root, "bin", applet));
  writeFileSync(join(root, "etc", "passwd"), accounts);
  writeFileSync(join(root, "etc", "group"), "root:x:0:\nusers:x:100:\nnogroup:x:65534:\n");
}

const accounts = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/sh\n";

/** The tar `name` of what `fill` puts into a directory; made once and kept. */
export async function cached(name: string, fill: (root: string) => Promise<void>): Promise<string> {
  const path = join(cacheDirectory, "images", name);
  if (existsSync(path)) return path;
  mkdirSync(join(cacheDirectory, "images"), { recursive: true });
  const root = mkdtempSync(join(tmpdir(), `${runPrefix}rootfs-`));
  try {
    await fill(root);
    await must(["tar", "--numeric-owner", "--owner=0", "--group=0", "-C", root, "-cf", `${root}.tar`, "."]);
    copyFileSync(`${root}.tar`, `${path}.${basename(root)}`);
    renameSync(`${path}.${basename(root)}`, path);
  } finally {
    rmSync(root, { recursive: true, force: true });
    rmSync(`${root}.tar`, { force: true });
  }
  return path;
}
