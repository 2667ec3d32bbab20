import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { EngineError, errnoOf, messageOf } from "../base/errors.ts";
import { type IdMapping, subordinateRanges } from "../spec/id-mapping.ts";

/** The files that accounts and their subordinate ids are looked up in. */
export interface AccountFiles {
  passwd: string;
  group: string;
  subuid: string;
  subgid: string;
  /** The command that makes accounts there (useradd(8)). */
  useradd: readonly string[];
}

const systemFiles: AccountFiles = {
  passwd: "/etc/passwd",
  group: "/etc/group",
  subuid: "/etc/subuid",
  subgid: "/etc/subgid",
  useradd: ["useradd"],
};

/** dockerd's own name for `default`. */
const defaultAccount = "dockremap";

interface Account {
  name: string;
  id: string;
}

/**
 * `--userns-remap`: `default`, `USER`, `UID`, `USER:GROUP` or `UID:GID`; empty for none. Ids come from /etc/subuid and
 * /etc/subgid; for `default` an account is made and its ids are entered there, once. Throws `invalid`.
 */
export function parseUsernsRemap(text: string, files: AccountFiles = systemFiles): IdMapping | undefined {
  if (text === "") return undefined;
  const isDefault = text === "default";
  const [user = "", group, more] = isDefault ? [defaultAccount] : text.split(":");
  if (user === "" || group === "" || more !== undefined) throw invalid(text);
  if (isDefault) ensureAccount(files);
  if (isDefault) for (const file of [files.subuid, files.subgid]) ensureRange(file, defaultAccount);
  const userAccount = isDefault ? { name: user, id: user } : find(files.passwd, user, "user");
  const groupAccount =
    group === undefined ? { name: userAccount.name, id: userAccount.id } : find(files.group, group, "group");
  return {
    users: subordinateRanges(read(files.subuid), namesOf(userAccount), files.subuid),
    groups: subordinateRanges(read(files.subgid), namesOf(groupAccount), files.subgid),
  };
}

/** As dockerd does: nobody else may come to own the files of remapped containers. */
function ensureAccount({ passwd, useradd }: AccountFiles): void {
  if (
    read(passwd)
      .split("\n")
      .some((line) => line.startsWith(`${defaultAccount}:`))
  )
    return;
  const [command = "", ...args] = useradd;
  const flags = ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"];
  // Before there is anything else that this could keep waiting.
  const made = spawnSync(command, [...args, ...flags, defaultAccount], { encoding: "utf8" });
  if (made.error === undefined && made.status === 0) return;
  const why = made.error === undefined ? made.stderr.trim() : messageOf(made.error);
  throw new EngineError(
    "invalid",
    `userns-remap: cannot make the account ${defaultAccount} (${why}): make it yourself, or name another one`,
  );
}

function namesOf({ name, id }: Account): string[] {
  return [...new Set([name, id])];
}

function find(file: string, wanted: string, what: string): Account {
  for (const line of read(file).split("\n")) {
    const [name = "", , id = ""] = line.split(":");
    if (name === wanted || id === wanted) return { name, id };
  }
  throw new EngineError("invalid", `userns-remap: no ${what} ${wanted} in ${file}`);
}

const rangeSize = 65_536;
const firstStart = 100_000;

/** Enters a range above all others, as useradd(8) does for a new account. */
function ensureRange(file: string, account: string): void {
  const lines = read(file).split("\n");
  if (lines.some((line) => line.startsWith(`${account}:`))) return;
  const ends = lines.map((line) => {
    const [, start = "", count = ""] = line.split(":");
    return Number(start) + Number(count) || 0;
  });
  const start = Math.max(firstStart, ...ends);
  const separator = lines.at(-1) === "" ? "" : "\n";
  appendFileSync(file, `${separator}${account}:${start}:${rangeSize}\n`, { mode: 0o644 });
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return "";
    throw error;
  }
}

function invalid(text: string): EngineError {
  return new EngineError(
    "invalid",
    `invalid userns-remap ${JSON.stringify(text)}: use default, USER, UID, USER:GROUP or UID:GID`,
  );
}
