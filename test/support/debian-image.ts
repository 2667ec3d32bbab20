import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { must, run } from "./command.ts";
import type { Driver } from "./driver.ts";
import { cached } from "./images.ts";

const packages = ["redis-server", "redis-tools", "bash", "coreutils", "grep", "busybox-static"];

/** Whether this machine can make the image: mmdebstrap, and a Debian mirror in its package settings. */
export async function debianMirror(): Promise<string | undefined> {
  if ((await run(["sh", "-c", "command -v mmdebstrap"])).code !== 0) return undefined;
  const targets = await run(["apt-get", "indextargets", "--format", "$(REPO_URI)"]);
  return targets.stdout.split("\n").find((uri) => /\/debian\/*$/.test(uri));
}

/** A Debian with bash, redis and busybox's httpd under each of the names, as its own package archive makes it. */
export async function importDebian(driver: Driver, mirror: string, names: readonly string[]): Promise<void> {
  const tar = await cached("debian-redis.tar", (root) => layDebian(root, mirror));
  const [first = "", ...others] = names;
  const changes = ['CMD ["bash"]', "ENV PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"];
  await driver.ok("import", ...changes.flatMap((change) => ["-c", change]), tar, first);
  for (const name of others) await driver.ok("tag", first, name);
}

async function layDebian(root: string, mirror: string): Promise<void> {
  const include = `--include=${packages.join(",")}`;
  await must(["mmdebstrap", "-q", "--variant=extract", include, "bookworm", `${root}/debian`, mirror], {
    timeoutMs: 200_000,
  });
  const etc = join(root, "debian", "etc");
  mkdirSync(etc, { recursive: true });
  writeFileSync(join(etc, "passwd"), "root:x:0:0:root:/root:/bin/bash\n");
  writeFileSync(join(etc, "group"), "root:x:0:\n");
  writeFileSync(join(etc, "centos-release"), "CentOS Linux release 7.9.2009 (Core)\n");
  writeFileSync(join(etc, "lsb-release"), "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=16.04\n");
  // The tar is of `root` itself.
  await must(["sh", "-c", 'mv "$1"/debian/* "$1" && rmdir "$1"/debian', "sh", root]);
}
