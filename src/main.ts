// The entry: picks the role (command, daemon, child process of the daemon) and loads only that. Imports of roles are
// dynamic, so that a command pays for nothing that belongs to the daemon.
import { readTextIfThere } from "./linux/small-file.ts";

/** Child roles of the daemon: what must happen in a process of its own (chroot, other namespaces). */
const children: Record<string, () => Promise<{ run(args: string[]): Promise<number> }>> = {
  "build-unpack": () => import("./build/ops/files/unpack-archive-child.ts"),
  "build-files": () => import("./build/ops/files/files-child.ts"),
  "compress-layer": () => import("./store/layers/compress-child.ts"),
  "container-files": () => import("./containers/files/files-child.ts"),
  "fill-volume": () => import("./volumes/fill-child.ts"),
  "local-copy": () => import("./store/archive/local-copy-child.ts"),
  "pack-tree": () => import("./store/archive/pack-child.ts"),
  "tree-worker": () => import("./store/layers/tree-worker-child.ts"),
  "unpack-layer": () => import("./store/layers/unpack-child.ts"),
};

async function main(args: string[]): Promise<number> {
  const [first, ...rest] = args;
  if (first === "--child") {
    const load = children[rest[0] ?? ""];
    if (load === undefined) throw new Error(`unknown child role ${rest[0]}`);
    return (await load()).run(rest.slice(1));
  }
  if (first === "daemon") return (await import("./daemon/main.ts")).run(rest);
  return (await import("./cli/main.ts")).run(args, {
    readTextIfThere,
    localCopy: async () => ({
      ...(await import("./store/archive/local-copy.ts")),
      ...(await import("./store/archive/pack-files.ts")),
    }),
    passOutputAsIs: async (fd) => (await import("./linux/terminal-output.ts")).passOutputAsIs(fd),
  });
}

export const exitCode = await main(process.argv.slice(2));
process.exitCode = exitCode;
