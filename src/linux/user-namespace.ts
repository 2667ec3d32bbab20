import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { type IdMapping, mapText } from "../spec/id-mapping.ts";
import { check, cstring, libc, ptr } from "./libc.ts";

/** A user namespace, and a network namespace that it owns; both end with their last user once this is disposed. */
export interface UserNamespace extends Disposable {
  /** For the spec's `path`; good until disposed. */
  userFile: string;
  networkFile: string;
}

/**
 * Makes a user namespace with these ids. A process with threads cannot enter a new one, so a child does: unshare(1)
 * with cat(1), whose first answer says that it is inside.
 */
export async function createUserNamespace({ users, groups }: IdMapping): Promise<UserNamespace> {
  const child = spawn("unshare", ["--user", "--net", "cat"], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { PATH },
  });
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`unshare ended with ${code}: ${String(child.stderr.read() ?? "").trim()}`);
  });
  ended.catch(() => {});
  try {
    child.stdin.write("\n");
    await Promise.race([once(child.stdout, "data"), ended]);
    writeFileSync(`/proc/${child.pid}/uid_map`, mapText(users));
    writeFileSync(`/proc/${child.pid}/gid_map`, mapText(groups));
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return {
    userFile: `/proc/${child.pid}/ns/user`,
    networkFile: `/proc/${child.pid}/ns/net`,
    [Symbol.dispose]: () => void child.kill("SIGKILL"),
  };
}

const PATH = "/usr/sbin:/usr/bin:/sbin:/bin";

const SYS_OPEN_TREE = 428;
const SYS_MOVE_MOUNT = 429;
const SYS_MOUNT_SETATTR = 442;
const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const OPEN_TREE_CLONE = 1;
const OPEN_TREE_CLOEXEC = 0x80000;
const MOVE_MOUNT_F_EMPTY_PATH = 4;
const MOUNT_ATTR_IDMAP = 0x100000n;

/**
 * Shows the directory `source` at `target` with the ids of a user namespace: what belongs to 0 on the disk belongs to
 * its root there (mount_setattr(2), Linux 5.12; as layers of an overlay 5.19). Throws KernelError.
 */
export function mountIdMapped(source: string, target: string, userFile: string): void {
  const namespace = openSync(userFile, "r");
  let tree = -1;
  try {
    const [from, nothing, to] = [cstring(source), cstring(""), cstring(target)];
    const flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
    const cloned = libc.syscall(SYS_OPEN_TREE, AT_FDCWD, address(from), flags, 0, 0, 0);
    tree = check(cloned, "open_tree", source);
    const attributes = Buffer.alloc(32);
    attributes.writeBigUInt64LE(MOUNT_ATTR_IDMAP, 0);
    attributes.writeBigUInt64LE(BigInt(namespace), 24);
    const set = libc.syscall(
      SYS_MOUNT_SETATTR,
      tree,
      address(nothing),
      AT_EMPTY_PATH,
      address(attributes),
      attributes.length,
      0,
    );
    check(set, "mount_setattr", source);
    const moved = libc.syscall(
      SYS_MOVE_MOUNT,
      tree,
      address(nothing),
      AT_FDCWD,
      address(to),
      MOVE_MOUNT_F_EMPTY_PATH,
      0,
    );
    check(moved, "move_mount", target);
  } finally {
    if (tree >= 0) closeSync(tree);
    closeSync(namespace);
  }
}

function address(buffer: Buffer): number {
  return Number(ptr(buffer));
}
