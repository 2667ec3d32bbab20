// The same requests to a real dockerd (GANTRY_PEER: its socket) and to this room: the answers must be the same.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { messageOf } from "../base/errors.ts";
import { Log } from "../base/log.ts";
import { EventLog } from "../events/event-log.ts";
import type { HostConfig, MountPoint } from "../spec/api/container.ts";
import type { Volume, VolumeCreateOptions } from "../spec/api/volume.ts";
import { Database } from "../store/db/database.ts";
import { createVolumeService } from "./engine-volumes.ts";
import { planMounts } from "./mount-plan.ts";
import { toMountPoint } from "./mount-point.ts";

const socketPath = process.env.GANTRY_PEER ?? "";
if (socketPath === "") console.log("comparison with a real dockerd skipped: GANTRY_PEER names no socket");
const prefix = `volumes-peer-${process.pid}`;
const work = realpathSync(mkdtempSync(join(tmpdir(), "gantry-volumes-peer-")));
afterAll(() => rmSync(work, { recursive: true, force: true }));

async function ask<T>(method: string, path: string, body?: object): Promise<T & { message?: string }> {
  const call = request({
    socketPath,
    method,
    path: `/v1.51${path}`,
    headers: { "content-type": "application/json" },
  });
  const answer = await new Promise<string>((resolve, reject) => {
    call.on("response", (response) => void text(response).then(resolve, reject));
    call.on("error", reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
  return JSON.parse(answer || "{}") as T & { message?: string };
}

/** Times and places differ by nature. */
const volumeShape = ({ CreatedAt = "", Mountpoint = "", ...rest }: Volume & { message?: string }) => ({
  ...rest,
  dated: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(CreatedAt),
  mountpoint: Mountpoint.replace(/^.*\/volumes\//, ""),
});
const shape = ({ Name, Source = "", ...rest }: MountPoint) => ({
  ...rest,
  name: Name?.replace(/^[0-9a-f]{64}$/, "made") ?? "",
  source: Source.replace(/^.*\/volumes\/[^/]+/, "volume"),
});
const mount = (fields: object) => ({ Mounts: [fields] }) as HostConfig;
const refusal = (message: string) => volumeShape({ message });
const sorted = (points: MountPoint[]) =>
  points.map(shape).sort((a, b) => (a.Destination ?? "").localeCompare(b.Destination ?? ""));

describe.skipIf(socketPath === "")("volume create", () => {
  const db = new Database(join(work, "test.db"));
  const ours = createVolumeService({
    db,
    root: join(work, "volumes"),
    events: new EventLog(),
    log: new Log("error"),
  });
  const name = `${prefix}-a`;
  test.each([
    { Name: name },
    { Name: name, Labels: {} },
    { Name: name, Labels: { a: "b", "": "x" }, DriverOpts: {} },
    { Name: name, Driver: "local", DriverOpts: { type: "tmpfs", device: "tmpfs", o: "size=1m" } },
    { Name: name, DriverOpts: { type: "", device: "", o: "" } },
    { Name: name, DriverOpts: { type: "tmpfs" } },
    { Name: name, DriverOpts: { device: "/tmp" } },
    { Name: name, DriverOpts: { o: "bind" } },
    { Name: name, DriverOpts: { foo: "x" } },
    { Name: name, DriverOpts: { size: "10m" } },
    ...["a", "-ab", "a b", "/tmp", "..", "é", `${name}é`, `${name}\n`].map((bad) => ({ Name: bad })),
  ] as VolumeCreateOptions[])("%j", async (options: VolumeCreateOptions) => {
    const theirs = volumeShape(await ask<Volume>("POST", "/volumes/create", options));
    const mine = await ours.create(options).then(volumeShape, (error: unknown) => refusal(messageOf(error)));
    expect(mine).toEqual(theirs);
    await ask("DELETE", `/volumes/${name}`);
    await ours.remove(name, true);
  });
});

describe.skipIf(socketPath === "")("mounts of a new container", () => {
  let Image = "";
  beforeAll(async () => {
    const images = await ask<{ RepoTags: string[] }[]>("GET", "/images/json");
    Image = images.flatMap(({ RepoTags }) => RepoTags)[0] ?? "";
  });
  const volume = `${prefix}-v`;
  test.each([
    { Binds: ["/tmp:/x"] },
    { Binds: ["/tmp/../tmp//:/x/:ro,Z", `${volume}:/y`, `${volume}:/z:ro`] },
    { Binds: ["/:/x"] },
    { Binds: ["/tmp:/x:rslave"] },
    { Binds: [`${volume}:/x:nocopy`], VolumeDriver: "local" },
    { Binds: ["/tmp:/x", "/tmp:/x/"] },
    { Binds: ["/tmp:/x"], Tmpfs: { "/x": "" } },
    { Binds: ["/tmp:/x"], Mounts: [{ Type: "tmpfs", Target: "/x" }] },
    { Binds: ["/v:ro"] },
    { Binds: ["a:b:c:d"] },
    { Binds: ["/a:/b:foo"] },
    { Binds: ["/a:b"] },
    { Binds: ["/a:/"] },
    { Binds: ["/a:/b:nocopy"] },
    { Binds: ["a:/b:rshared"] },
    { Binds: ["/var:/x:private"] },
    { Tmpfs: { "/x": "size=1m" } },
    { Tmpfs: { x: "" } },
    { Tmpfs: { "/": "" } },
    { VolumesFrom: [""] },
    { VolumesFrom: ["nope:foo"] },
    { VolumesFrom: [`${prefix}-nope`] },
    mount({ Type: "volume", Target: "/x" }),
    mount({ Type: "volume", Source: volume, Target: "/x/../y", ReadOnly: true }),
    mount({ Type: "tmpfs", Target: "/x", ReadOnly: true }),
    mount({ Type: "bind", Source: "/tmp", Target: "/x", BindOptions: { Propagation: "rslave" } }),
    mount({ Type: "bind", Source: "/tmp", Target: "/x", BindOptions: { Propagation: "foo" } }),
    mount({ Type: "bind", Source: "/nonexist", Target: "/x" }),
    mount({ Type: "bind", Source: "rel", Target: "/x" }),
    mount({ Type: "bind", Source: "/tmp", Target: "/" }),
    mount({ Type: "bind", Target: "/x" }),
    mount({ Type: "volume", Target: "/x", ReadOnly: true }),
    mount({ Type: "volume", Target: "/x", BindOptions: {} }),
    mount({ Type: "volume", Source: volume, Target: "/x", VolumeOptions: { Subpath: "../a" } }),
    mount({ Type: "tmpfs", Source: "/a", Target: "/x" }),
    mount({ Type: "tmpfs", Target: "/x", TmpfsOptions: { Options: [["foo"]] } }),
    mount({ Type: "foo", Target: "/x" }),
    mount({ Target: "/x" }),
    mount({}),
  ] as HostConfig[])("%j", async (HostConfig: HostConfig) => {
    const volumes = ["/vol", "/x"];
    const name = `${prefix}-c`;
    const Volumes = Object.fromEntries(volumes.map((path) => [path, {}]));
    const made = await ask<{ Id?: string }>("POST", `/containers/create?name=${name}`, {
      Image,
      Cmd: ["true"],
      Volumes,
      HostConfig,
    });
    const theirs =
      made.message ?? sorted((await ask<{ Mounts: MountPoint[] }>("GET", `/containers/${name}/json`)).Mounts);
    await ask("DELETE", `/containers/${name}?v=1`);
    await ask("DELETE", `/volumes/${volume}`);
    expect(plannedLike(HostConfig, volumes)).toEqual(theirs);
  });
});

/** What this room makes of the same request: its mount points, or the words of its refusal. */
function plannedLike(hostConfig: HostConfig, volumes: string[]) {
  try {
    const { points } = planMounts(
      { hostConfig, volumes },
      {
        mountsOf: (container) => {
          throw new Error(`No such container: ${container}`);
        },
        sourceExists: existsSync,
        dataRoot: "/var/lib/docker",
        newVolumeName: () => "a".repeat(64),
      },
    );
    return sorted(
      points.map((point) => toMountPoint(point, point.volume && `/volumes/${point.volume.name}/_data`)),
    );
  } catch (error) {
    return messageOf(error);
  }
}
