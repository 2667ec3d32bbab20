import { check, libc } from "./libc.ts";

export interface FileOwner {
  uid: number;
  gid: number;
}

/**
 * Runs `work`, synchronous, with files as another user would, but with this process's rights: what it makes belongs to
 * that user, and so can be made where the host's root is nobody. An overlay mounted so does its own work like that for
 * as long as it lives. Counts for the calling thread alone (setfsuid(2)). Without an owner nothing is different.
 */
export function asFileOwner<T>(owner: FileOwner | undefined, work: () => T): T {
  if (owner === undefined) return work();
  const rights = ownRights();
  switchTo(owner, rights);
  try {
    return work();
  } finally {
    switchTo({ uid: 0, gid: 0 }, rights);
  }
}

/** Another owner than root costs the rights over others' files; they are taken up again: capabilities(7). */
function switchTo({ uid, gid }: FileOwner, { header, sets }: Rights): void {
  libc.setfsgid(gid);
  libc.setfsuid(uid);
  check(libc.capset(header, sets), "capset");
}

interface Rights {
  header: Buffer;
  sets: Buffer;
}

const version3 = 0x20080522;

function ownRights(): Rights {
  const [header, sets] = [Buffer.alloc(8), Buffer.alloc(24)];
  header.writeUInt32LE(version3);
  check(libc.capget(header, sets), "capget");
  return { header, sets };
}
