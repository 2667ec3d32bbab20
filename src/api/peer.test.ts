// The same malformed requests to a real dockerd (GANTRY_PEER_HOST=unix:///…) and to this API: status and message agree.
import { describe, expect, test } from "bun:test";
import { ask, serve, type Answer, type Ask } from "./testing/engine.ts";

const peer = process.env["GANTRY_PEER_HOST"]?.replace(/^unix:\/\//, "");
const reason = peer === undefined ? " (skipped: GANTRY_PEER_HOST is not set)" : "";

interface Case extends Ask {
  path: string;
}

/** Where Go's releases differ among themselves: how a field is introduced. */
function comparable({ status, body }: Answer): { status: number; message: string } {
  return { status, message: body.replaceAll("Go struct field ", "").trim() };
}

/** Asks both about all cases and compares what they said. */
async function compare(cases: Case[]): Promise<void> {
  await using engine = await serve({});
  const theirs: object[] = [];
  const ours: object[] = [];
  for (const { path, ...request } of cases) {
    const asked = { method: request.method, path, body: request.body };
    theirs.push({ ...asked, ...comparable(await ask(peer ?? "", path, request)) });
    ours.push({ ...asked, ...comparable(await ask(engine.path, path, request)) });
  }
  expect(ours).toEqual(theirs);
}

function json(path: string, body: string, type = "application/json"): Case {
  return { path: `/v1.51${path}`, method: "POST", body, headers: { "Content-Type": type } };
}

const creates = [
  "{}",
  "null",
  "[]",
  '"x"',
  "3",
  "true",
  "",
  "  ",
  '{"a" 1}',
  '{"a":tru}',
  '{"a":1 "b":2}',
  '{"a":[1 2]}',
  '{"a":01}',
  '{"a":"\\x"}',
  '{"a":-}',
  '{"a":1.}',
  "{,}",
  "[1,]",
  '{"a":1,}',
  '{"a":nul',
  '{"Image":"bb',
  '{Image:"bb"}',
  '{"Image":"bb"} x',
  '{"Image":3}',
  '{"Cmd":{"a":1}}',
  '{"Cmd":[1]}',
  '{"Entrypoint":3}',
  '{"Env":"A=b"}',
  '{"Env":[1]}',
  '{"Tty":"yes"}',
  '{"Labels":{"a":1}}',
  '{"ExposedPorts":{"80":1}}',
  '{"ExposedPorts":["80"]}',
  '{"Volumes":["/a"]}',
  '{"StopTimeout":"x"}',
  '{"Healthcheck":{"Interval":"1s"}}',
  '{"HostConfig":3}',
  '{"HostConfig":{"Memory":"x"}}',
  '{"HostConfig":{"Memory":1.5}}',
  '{"HostConfig":{"Binds":"/a:/b"}}',
  '{"HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":80}]}}}',
  '{"HostConfig":{"PortBindings":{"80/tcp":{}}}}',
  '{"HostConfig":{"Mounts":[{"TmpfsOptions":{"Mode":-1}}]}}',
  '{"HostConfig":{"Mounts":[{"Type":1}]}}',
  '{"HostConfig":{"ConsoleSize":"x"}}',
  '{"HostConfig":{"ConsoleSize":[1,-2]}}',
  '{"HostConfig":{"BlkioWeight":70000}}',
  '{"HostConfig":{"BlkioDeviceReadBps":{}}}',
  '{"HostConfig":{"CapAdd":{"x":1}}}',
  '{"HostConfig":{"RestartPolicy":{"Name":1}}}',
  '{"HostConfig":{"RestartPolicy":"always"}}',
  '{"HostConfig":{"Ulimits":[{"Soft":"x"}]}}',
  '{"HostConfig":{"Devices":[{"PathOnHost":1}]}}',
  '{"HostConfig":{"LogConfig":{"Config":[]}}}',
  '{"HostConfig":{"NetworkMode":1}}',
  '{"HostConfig":{"Init":"x"}}',
  '{"HostConfig":{"DeviceRequests":[{"Capabilities":["gpu"]}]}}',
  '{"NetworkingConfig":{"EndpointsConfig":{"a":{"Links":"x"}}}}',
  '{"NetworkingConfig":{"EndpointsConfig":[]}}',
  '{"NetworkingConfig":{"EndpointsConfig":{"a":{"IPAMConfig":{"IPv4Address":1}}}}}',
];

const otherBodies: [path: string, body: string][] = [
  ["/volumes/create", '{"DriverOpts":3}'],
  ["/volumes/create", '{"Labels":{"a":[]}}'],
  ["/containers/x/exec", '{"Cmd":"x"}'],
  ["/containers/x/exec", "{}"],
  ["/containers/x/exec", ""],
  ["/containers/x/update", '{"Memory":"x"}'],
  ["/exec/x/start", '{"Detach":3}'],
  ["/networks/create", '{"IPAM":{"Config":{}}}'],
  ["/networks/x/connect", '{"Container":3}'],
  ["/networks/x/disconnect", '{"Force":3}'],
];

const gets = [
  "/containers/json?filters=x",
  "/containers/json?filters=[]",
  '/containers/json?filters={"status":"x"}',
  '/containers/json?filters={"status":{"x":1}}',
  '/containers/json?filters={"status":[1]}',
  "/containers/json?limit=xx",
  "/containers/json?limit=99999999999999999999",
  "/containers/x/logs",
  "/containers/x/logs?stdout=0&stderr=false",
  "/events?since=x",
  "/events?until=1.y",
  "/events?since=5&until=1",
  "/events?filters=x",
  "/system/df?type=x",
  "/images/json?filters=x",
  "/volumes?filters=x",
  "/networks?filters=x",
  "/images/bb/get?platform={}",
  "/plugins",
  "/nope",
  "/containers",
  "/images",
  "/containers/json/",
  "/nodes",
];

const posts = [
  "/containers/x/stop?t=x",
  "/containers/x/restart?t=1.5",
  "/containers/x/resize?h=x&w=3",
  "/containers/x/resize?h=10",
  "/containers/x/resize?h=-1&w=1",
  "/exec/x/resize?h=1&w=99999999999",
  "/containers/x/wait?condition=foo",
  "/containers/prune?filters=x",
  "/info",
  "/_ping",
];

const types = ["text/plain", "", ";;", "application/jsonx"];
const versions = [
  "/v1.99/version",
  "/v1.10/version",
  "/v1/version",
  "/v2/version",
  "/v1.51.1/_ping",
  "/v1.23/nope",
];

describe.skipIf(peer === undefined)(`refusals are dockerd's${reason}`, () => {
  test("bodies of create", () => compare(creates.map((body) => json("/containers/create", body))));
  test("other bodies", () => compare(otherBodies.map(([path, body]) => json(path, body))));
  test("content types", () => compare(types.map((type) => json("/containers/create", "{}", type))));
  test("queries of GET", () => compare(gets.map((path) => ({ path: `/v1.51${encodeURI(path)}` }))));
  test("queries of POST", () => compare(posts.map((path) => ({ path: `/v1.51${path}`, method: "POST" }))));
  test("versions", () => compare(versions.map((path) => ({ path }))));
  test("an image without a name", () => compare([{ path: "/v1.51/images/", method: "DELETE" }]));
});
