import { createHash } from "node:crypto";
import type { TarEntry } from "../../src/store/archive/tar-entry.ts";
import { TarReader } from "../../src/store/archive/tar-reader.ts";
import type { Driver } from "../support/driver.ts";

/** Everything of an image that must be the same, whoever built it. */
export interface ImageFacts {
  config: Record<string, unknown>;
  history: string[];
  layers: number;
  /** By path: kind, mode, owner and content; times are not the same for anybody. */
  files: Record<string, string>;
}

/** Asks an engine about an image. `tar` is its merged file system. */
export async function imageFacts(driver: Driver, image: string, tar: Uint8Array): Promise<ImageFacts> {
  const inspected = JSON.parse(await driver.ok("image", "inspect", image)) as [
    { Config: Record<string, unknown>; Author?: string; RootFS: { Layers?: string[] } },
  ];
  const [{ Config, Author = "", RootFS }] = inspected;
  const history = await driver.ok("history", "--no-trunc", "--format", "{{json .CreatedBy}}", image);
  return {
    config: { ...withoutEmpty(Config), ...(Author !== "" && { Author }) },
    history: history
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as string),
    layers: RootFS.Layers?.length ?? 0,
    files: filesOf(tar),
  };
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === "" || value === false) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** Go leaves some empty values out and writes others: they mean the same. */
function withoutEmpty(config: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => !isEmpty(value)));
}

/** What runtimes mount over, and leave behind or not. */
const volatilePaths = /^(?:dev|proc|sys|etc\/(?:hosts|hostname|resolv\.conf)|etc|run|)$/;

export function filesOf(tar: Uint8Array): Record<string, string> {
  const files: Record<string, string> = {};
  const contents = new Map<string, string>();
  let current: { path: string; entry: TarEntry; hash: ReturnType<typeof createHash> } | undefined;
  const reader = new TarReader({
    entry: (entry) => {
      current = { path: pathOf(entry.name), entry, hash: createHash("sha256") };
    },
    content: (bytes) => void current?.hash.update(bytes),
    entryEnd: () => {
      if (current === undefined) return;
      const { path, entry, hash } = current;
      const content =
        entry.type === "hardlink" ? (contents.get(pathOf(entry.linkName)) ?? "?") : describe(entry, hash);
      contents.set(path, content);
      if (!volatilePaths.test(path)) files[path] = content;
    },
  });
  reader.write(Buffer.from(tar));
  reader.end();
  return files;
}

function pathOf(name: Buffer): string {
  return name
    .toString()
    .replace(/^\.?\//, "")
    .replace(/\/$/, "");
}

function describe(entry: TarEntry, hash: ReturnType<typeof createHash>): string {
  const facts = [entry.type, entry.mode.toString(8), `${entry.uid}:${entry.gid}`];
  if (entry.type === "file") facts.push(`${entry.sizeBytes}`, hash.digest("hex").slice(0, 16));
  if (entry.type === "symlink") facts.push(entry.linkName.toString());
  if (entry.type === "char" || entry.type === "block")
    facts.push(`${entry.deviceMajor},${entry.deviceMinor}`);
  for (const [name, value] of entry.xattrs) facts.push(`${name}=${value.toString("hex")}`);
  return facts.join(" ");
}

/** Only what `base` does not have in the same form, and what it has and `files` has not. */
export function changedFrom(
  base: Record<string, string>,
  files: Record<string, string>,
): Record<string, string> {
  const changed = Object.entries(files).filter(([path, facts]) => base[path] !== facts);
  const removed = Object.keys(base).filter((path) => files[path] === undefined);
  return Object.fromEntries(
    [...changed, ...removed.map((path): [string, string] => [path, "removed"])].sort(([a], [b]) =>
      a < b ? -1 : 1,
    ),
  );
}
