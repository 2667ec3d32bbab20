import { EngineError } from "../../base/errors.ts";
import { readFileInRoot } from "../../linux/read-file-in-root.ts";
import type { ProcessUser } from "../../spec/oci-runtime.ts";

const maxId = 2 ** 31 - 1;

interface PasswdEntry {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

interface GroupEntry {
  name: string;
  gid: number;
  members: string[];
}

/**
 * Resolves `USER[:GROUP]`, names or numbers, by /etc/passwd and /etc/group of the container itself, with its
 * supplementary groups. Docker's errors.
 */
export function resolveUser(rootfs: string, spec: string, groupAdd: readonly string[] = []): ProcessUser {
  // The common case reads nothing but /etc/group.
  const groups = parseGroups(readFileInRoot(rootfs, "/etc/group") ?? "");
  const { user, group } = splitSpec(spec);
  const account = findUser(rootfs, user);
  const primary = group === "" ? account.gid : findGroup(groups, group);
  const memberships = group === "" && account.name !== undefined ? groupsOf(groups, account.name) : [];
  const added = groupAdd.map((name) => findGroup(groups, name));
  return {
    uid: account.uid,
    gid: primary,
    additionalGids: [...new Set([primary, ...memberships, ...added])],
  };
}

/**
 * The environment with HOME by the container's /etc/passwd, `/` for a user that is not in it. Left to the runtime, it
 * depends on which one that is: crun leaves it out, runc also replaces an empty one.
 */
export function withHome(env: readonly string[], rootfs: string, uid: number): string[] {
  if (env.some((entry) => /^HOME=./.test(entry))) return [...env];
  const accounts = parsePasswd(readFileInRoot(rootfs, "/etc/passwd") ?? "");
  const home = accounts.find((account) => account.uid === uid)?.home ?? "";
  return [...env.filter((entry) => entry !== "HOME="), `HOME=${home === "" ? "/" : home}`];
}

function splitSpec(spec: string): { user: string; group: string } {
  const at = spec.indexOf(":");
  return at < 0 ? { user: spec, group: "" } : { user: spec.slice(0, at), group: spec.slice(at + 1) };
}

function findUser(rootfs: string, user: string): { uid: number; gid: number; name?: string } {
  const accounts = parsePasswd(readFileInRoot(rootfs, "/etc/passwd") ?? "");
  const wanted = user === "" ? "0" : user;
  const account = accounts.find(({ name, uid }) => name === wanted || String(uid) === wanted);
  if (account !== undefined) return account;
  if (!isNumber(wanted)) {
    throw new EngineError("invalid", `unable to find user ${user}: no matching entries in passwd file`);
  }
  return { uid: checkRange(wanted), gid: 0 };
}

function findGroup(groups: GroupEntry[], wanted: string): number {
  const group = groups.find(({ name, gid }) => name === wanted || String(gid) === wanted);
  if (group !== undefined) return group.gid;
  if (!isNumber(wanted)) {
    throw new EngineError("invalid", `unable to find group ${wanted}: no matching entries in group file`);
  }
  return checkRange(wanted);
}

function groupsOf(groups: GroupEntry[], member: string): number[] {
  return groups.filter(({ members }) => members.includes(member)).map(({ gid }) => gid);
}

function isNumber(text: string): boolean {
  return /^[+-]?\d+$/.test(text);
}

function checkRange(text: string): number {
  const id = Number(text);
  if (id < 0 || id > maxId) throw new EngineError("invalid", `uids and gids must be in range 0-${maxId}`);
  return id;
}

/** passwd(5): name:password:uid:gid:gecos:home:shell. Odd lines are skipped. */
function parsePasswd(text: string): PasswdEntry[] {
  return lines(text).map(([name = "", , uid = "", gid = "", , home = ""]) => ({
    name,
    uid: toId(uid),
    gid: toId(gid),
    home,
  }));
}

/** group(5): name:password:gid:member,member. */
function parseGroups(text: string): GroupEntry[] {
  return lines(text).map(([name = "", , gid = "", members = ""]) => ({
    name,
    gid: toId(gid),
    members: members.split(","),
  }));
}

function lines(text: string): string[][] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(":"));
}

function toId(text: string): number {
  return isNumber(text) ? Number(text) : 0;
}
