import { join, posix } from "node:path";
import { EngineError, errnoOf } from "../../../base/errors.ts";
import { newId } from "../../../base/ids.ts";
import { resolvePathInRoot } from "../../../linux/rootpath.ts";
import { unmount } from "../../../linux/mount.ts";
import { mkdirSync } from "node:fs";
import type { ResolvedMount } from "../../../runtime/runtime-service.ts";
import type { MountOptions } from "../../../store/layers/layer-store.ts";
import type { RunMount } from "../../instructions/run-mount.ts";
import type { BuildSession } from "../../session/build-session.ts";
import type { BuildParts, Snapshot } from "../build-parts.ts";
import { openView, type Place } from "../make-layer.ts";
import { SecretFiles } from "./secret-files.ts";
import { openSshSocket } from "./ssh-socket.ts";

/** A mount of a RUN, with the file system it shows. */
export interface PlannedMount {
  mount: RunMount;
  /** What `from` and `source` are of. */
  snapshot?: Snapshot;
}

export interface TakenMounts {
  mounts: ResolvedMount[];
  /** Variables that exist because of them; they may hold secrets. */
  env: string[];
}

export interface TakeMountsOptions {
  parts: BuildParts;
  place: Place;
  /** Where relative targets begin. */
  workingDirectory: string;
  session: BuildSession | undefined;
  signal: AbortSignal;
  /** How files of layers are shown to a command in a user namespace. */
  mapped?: MountOptions["mapped"];
}

/** Makes ready what a RUN mounts. Everything is given back by the place's cleanup. */
export async function takeMounts(
  planned: readonly PlannedMount[],
  options: TakeMountsOptions,
): Promise<TakenMounts> {
  const taken: TakenMounts = { mounts: [], env: [] };
  const secrets = new SecretFiles(options.place);
  const caches = await takeCaches(planned, options);
  for (const each of planned) {
    const { mount } = each;
    const target = "target" in mount && mount.target !== undefined ? mount.target : "";
    const place = posix.resolve("/", options.workingDirectory, target);
    if (mount.type === "bind") taken.mounts.push(await takeBind(mount, each.snapshot ?? {}, place, options));
    else if (mount.type === "cache") taken.mounts.push(bindCache(mount, place, caches));
    else if (mount.type === "tmpfs") taken.mounts.push(tmpfs(mount, place));
    else if (mount.type === "secret") takeSecret(mount, { secrets, taken, options, place });
    else await takeSsh(mount, { taken, options, place });
  }
  return taken;
}

async function takeBind(
  { source = "", readOnly }: RunMount & { type: "bind" },
  snapshot: Snapshot,
  target: string,
  options: TakeMountsOptions,
): Promise<ResolvedMount> {
  const directory = readOnly ? viewOf(snapshot, options) : await scratchCopy(snapshot, options);
  return { type: "bind", source: inside(directory, source), target, readOnly, propagation: "rprivate" };
}

function viewOf(snapshot: Snapshot, { parts, place, mapped }: TakeMountsOptions): string {
  const view = openView(parts, snapshot, mapped);
  place.cleanup.add("mounted file system", view.release);
  return view.directory;
}

/** What is written there is thrown away. */
async function scratchCopy(
  { chainId }: Snapshot,
  { parts, place, mapped }: TakeMountsOptions,
): Promise<string> {
  const id = newId();
  const directory = join(place.directory, `mount-${id.slice(0, 12)}`);
  mkdirSync(directory);
  place.cleanup.add("writable mount", async () => {
    unmount(directory);
    await parts.layers.removeWritable(id);
  });
  await parts.layers.createWritable(id, chainId);
  parts.layers.mount(id, directory, { ...(mapped && { mapped }) });
  return directory;
}

function inside(directory: string, source: string): string {
  try {
    return resolvePathInRoot(directory, posix.resolve("/", source));
  } catch (error) {
    if (errnoOf(error) !== "ENOENT" && errnoOf(error) !== "ENOTDIR") throw error;
    throw new EngineError("not-found", `${JSON.stringify(posix.resolve("/", source))}: not found`, error);
  }
}

/** By their ids, each once, and in one order for all: two that wait for each other's caches would wait for ever. */
async function takeCaches(
  planned: readonly PlannedMount[],
  options: TakeMountsOptions,
): Promise<Map<string, string>> {
  const caches = planned.flatMap(({ mount, snapshot }) =>
    mount.type === "cache" ? [{ mount, ...(snapshot && { snapshot }) }] : [],
  );
  const directories = new Map<string, string>();
  for (const cache of caches.toSorted((a, b) => (a.mount.id < b.mount.id ? -1 : 1)))
    if (!directories.has(cache.mount.id))
      directories.set(cache.mount.id, await takeCache(cache.mount, cache.snapshot, options));
  return directories;
}

async function takeCache(
  { id, sharing, mode = 0o755, uid = 0, gid = 0, source = "" }: RunMount & { type: "cache" },
  snapshot: Snapshot | undefined,
  { parts, place, signal }: TakeMountsOptions,
): Promise<string> {
  const cache = await parts.cacheMounts.take({ id, sharing, mode, uid, gid }, signal);
  place.cleanup.add("cache mount", cache.release);
  if (cache.isNew && snapshot !== undefined) {
    const view = openView(parts, snapshot);
    try {
      await parts.files.run(copyAll(inside(view.directory, source), cache.directory), signal);
    } finally {
      view.release();
    }
  }
  return cache.directory;
}

function bindCache(
  { id, readOnly }: RunMount & { type: "cache" },
  target: string,
  directories: Map<string, string>,
): ResolvedMount {
  const source = directories.get(id) ?? "";
  return { type: "bind", source, target, readOnly, propagation: "rprivate" };
}

function copyAll(directory: string, into: string) {
  const nothing: string[] = [];
  return {
    kind: "copy" as const,
    from: { directory },
    sources: ["/"],
    excludes: nothing,
    parents: false,
    into,
    destination: "/",
    leaveOut: nothing,
  };
}

function tmpfs({ sizeBytes }: RunMount & { type: "tmpfs" }, target: string): ResolvedMount {
  const size = sizeBytes === undefined ? [] : [`size=${sizeBytes}`];
  return { type: "tmpfs", source: "", target, readOnly: false, options: ["nosuid", ...size] };
}

interface Taking {
  taken: TakenMounts;
  options: TakeMountsOptions;
  place: string;
}

function takeSecret(
  mount: RunMount & { type: "secret" },
  { secrets, taken, options, place }: Taking & { secrets: SecretFiles },
): void {
  const { id, target, env, required, mode = 0o400, uid = 0, gid = 0 } = mount;
  const value = options.session?.secret(id);
  if (value === undefined) {
    if (required) throw new EngineError("not-found", `secret ${id}: not found`);
    return;
  }
  if (env !== undefined) taken.env.push(`${env}=${Buffer.from(value).toString()}`);
  if (target === undefined) return;
  const source = secrets.write({ value, mode, uid, gid });
  taken.mounts.push({ type: "bind", source, target: place, readOnly: true, propagation: "rprivate" });
}

async function takeSsh(mount: RunMount & { type: "ssh" }, { taken, options, place }: Taking): Promise<void> {
  const { id, target, required, mode = 0o600, uid = 0, gid = 0 } = mount;
  const { session, signal } = options;
  if (session?.hasSsh(id) !== true) {
    if (required) throw new EngineError("not-found", `unset ssh forward key ${id}`);
    return;
  }
  const number = taken.mounts.filter(({ source }) => source.includes("/ssh-")).length;
  const path = join(options.place.directory, `ssh-${number}`);
  options.place.cleanup.add("ssh agent", await openSshSocket({ path, id, mode, uid, gid, session, signal }));
  const socket = target === undefined ? `/run/buildkit/ssh_agent.${number}` : place;
  taken.mounts.push({ type: "bind", source: path, target: socket, readOnly: false, propagation: "rprivate" });
  taken.env.push(`SSH_AUTH_SOCK=${socket}`);
}
