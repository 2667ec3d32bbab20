import { chmodSync, copyFileSync, existsSync, globSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { must, run } from "./command.ts";
import type { Driver } from "./driver.ts";
import { cached } from "./images.ts";
import { cacheDirectory, runPrefix } from "./paths.ts";

/** The release whose packages the images are of. */
const release = "bookworm";

/** As `debian:NN-slim` has it: no manuals and translations, and no sync of every file to the disk. */
const options = [
  "--variant=apt",
  "--include=busybox-static",
  ...['Acquire::Languages "none"', 'Acquire::Check-Valid-Until "false"'].map((line) => `--aptopt=${line}`),
  ...["man", "doc", "locale"].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
  "--dpkgopt=force-unsafe-io",
];

const bundle = "etc/ssl/certs/ca-certificates.crt";
const authorities = "usr/local/share/ca-certificates";

/** Where this machine gets Debian's packages from, or why no image can be made of them. */
export async function debianMirror(): Promise<{ uri: string } | { missing: string }> {
  if (Bun.which("mmdebstrap") === null) return { missing: "skipped: no mmdebstrap here" };
  const targets = await run(["apt-get", "indextargets", "--format", "$(REPO_URI)"]);
  const uri = targets.stdout
    .split("\n")
    .find((line) => /\/debian\/*$/.test(line))
    ?.replace(/\/+$/, "");
  if (uri === undefined) return { missing: "skipped: no Debian mirror in this machine's package settings" };
  // By apt's own means: its proxies, authorities and credentials count.
  const file = join(cacheDirectory, `${runPrefix}release`);
  mkdirSync(cacheDirectory, { recursive: true });
  const asked = await run([
    "/usr/lib/apt/apt-helper",
    "download-file",
    `${uri}/dists/${release}/InRelease`,
    file,
  ]);
  rmSync(file, { force: true });
  return asked.code === 0 ? { uri } : { missing: `skipped: the Debian mirror ${uri} does not answer` };
}

/** A Debian with apt, which reaches packages as this machine does, under each of the names. */
export async function importDebian(driver: Driver, mirror: string, names: readonly string[]): Promise<void> {
  const tar = await cached("debian-apt.tar", (root) => layDebian(root, mirror));
  const [first = "", ...others] = names;
  const changes = ['CMD ["bash"]', "ENV PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"];
  await driver.ok("import", ...changes.flatMap((change) => ["-c", change]), tar, first);
  for (const name of others) await driver.ok("tag", first, name);
}

async function layDebian(root: string, mirror: string): Promise<void> {
  const debian = join(root, "debian");
  await must(["mmdebstrap", "-q", ...options, release, debian, mirror], { timeoutMs: 230_000 });
  const files = {
    "etc/centos-release": "CentOS Linux release 7.9.2009 (Core)\n",
    "etc/lsb-release": "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=16.04\n",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(debian, name), text);
  copyAuthorities(debian);
  // The tar is of `root` itself.
  chmodSync(root, 0o755);
  await must(["sh", "-c", 'mv "$1"/debian/* "$1" && rmdir "$1"/debian', "sh", root]);
}

/** Whom this machine trusts: the bundle, and what it is made of when the package of the same name is installed. */
function copyAuthorities(root: string): void {
  const own = globSync(`${authorities}/*.crt`, { cwd: "/" });
  for (const path of [bundle, ...own].filter((each) => existsSync(join("/", each)))) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    copyFileSync(join("/", path), join(root, path));
  }
}
