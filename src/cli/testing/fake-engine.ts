// An engine of canned answers, for tests of what commands send and show. No state, no containers.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { rmSync } from "node:fs";

/** A running fake: the requests it got since they were last taken. */
export interface FakeEngine extends AsyncDisposable {
  host: string;
  takeRequests(): string[];
}

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;

const pulled = [
  { status: "Pulling from library/x", id: "latest" },
  { status: "Pulling fs layer", progressDetail: {}, id: "aaaaaaaaaaaa" },
  { status: "Pulling fs layer", progressDetail: {}, id: "bbbbbbbbbbbb" },
  { status: "Waiting", progressDetail: {}, id: "bbbbbbbbbbbb" },
  {
    status: "Downloading",
    progressDetail: { current: 1000, total: 3_000_000 },
    progress: "[>  ]",
    id: "aaaaaaaaaaaa",
  },
  {
    status: "Downloading",
    progressDetail: { current: 1_500_000, total: 3_000_000 },
    progress: "[=> ]",
    id: "aaaaaaaaaaaa",
  },
  { status: "Verifying Checksum", progressDetail: {}, id: "aaaaaaaaaaaa" },
  { status: "Download complete", progressDetail: {}, id: "aaaaaaaaaaaa" },
  { status: "Downloading", progressDetail: { current: 70, total: 100 }, id: "bbbbbbbbbbbb" },
  { status: "Extracting", progressDetail: { current: 4, units: "s" }, id: "aaaaaaaaaaaa" },
  { status: "Extracting", progressDetail: { current: 2_000_000, total: 1_000_000 }, id: "aaaaaaaaaaaa" },
  { status: "Extracting", progressDetail: { current: 123_456 }, id: "aaaaaaaaaaaa" },
  { status: "Pull complete", progressDetail: {}, id: "aaaaaaaaaaaa" },
  { status: "Pull complete", progressDetail: {}, id: "bbbbbbbbbbbb" },
  { status: `Digest: ${digest("0")}` },
  { status: "Status: Downloaded newer image for x:latest" },
];

const failed = [
  { status: "Pulling from library/bad", id: "latest" },
  { status: "Pulling fs layer", progressDetail: {}, id: "aaaaaaaaaaaa" },
  { errorDetail: { message: "toomanyrequests: slow down" }, error: "toomanyrequests: slow down" },
];

const pushed = [
  { status: "The push refers to repository [docker.io/library/x]" },
  { status: "Preparing", progressDetail: {}, id: "aaaaaaaaaaaa" },
  { status: "Pushing", progressDetail: { current: 512, total: 1024 }, progress: "[==>]", id: "aaaaaaaaaaaa" },
  { status: "Pushed", progressDetail: {}, id: "aaaaaaaaaaaa" },
  { status: `latest: digest: ${digest("0")} size: 525` },
  { progressDetail: {}, aux: { Tag: "latest", Digest: digest("0"), Size: 525 } },
];

const loaded = [
  {
    status: "Loading layer",
    progressDetail: { current: 100, total: 400 },
    progress: "x",
    id: "aaaaaaaaaaaa",
  },
  {
    status: "Loading layer",
    progressDetail: { current: 400, total: 400 },
    progress: "x",
    id: "aaaaaaaaaaaa",
  },
  { stream: "Loaded image: x:latest\n" },
  { stream: `Loaded image ID: ${digest("a")}\n` },
];

const images = [
  {
    Id: digest("3"),
    RepoTags: ["reg.io:5000/a/b:1", "日本:x"],
    RepoDigests: [`reg.io:5000/a/b@${digest("4")}`, `c@${digest("5")}`],
    Created: 0,
    Size: 123_456_789,
    SharedSize: -1,
    Containers: -1,
    Labels: null,
  },
  {
    Id: digest("6"),
    RepoTags: [],
    RepoDigests: [`only/digest@${digest("7")}`],
    Created: 1_600_000_000,
    Size: 100_250,
    SharedSize: 5,
    Containers: 2,
  },
];

const history = [
  {
    Id: digest("3"),
    Created: 1_600_000_000,
    CreatedBy: '/bin/sh -c #(nop)  CMD ["a very long command that goes past the end"]',
    Tags: ["a:b"],
    Size: 1000,
    Comment: "c",
  },
  { Id: "<missing>", Created: 0, CreatedBy: "RUN a\tb", Size: 0, Comment: "" },
];

const found = [
  {
    star_count: 100,
    is_official: true,
    name: "nginx",
    description:
      "Official build of Nginx, a very long description that needs to be cut somewhere.\nsecond line",
  },
  { star_count: 3, is_official: false, name: "u/nginx", description: "" },
];

const pruned = {
  ImagesDeleted: [{ Untagged: "a:b" }, { Deleted: digest("1") }],
  VolumesDeleted: ["v1", "v2"],
  NetworksDeleted: ["n1"],
  ContainersDeleted: ["c1"],
  CachesDeleted: ["k1"],
  SpaceReclaimed: 1_234_567,
};

const info = { IndexServerAddress: "https://index.docker.io/v1/", OSType: "linux", Name: "fake" };

type Answer = { status?: number; json: unknown } | { lines: unknown[] };

function answerTo(path: string, query: URLSearchParams, body: string): Answer {
  if (path === "/images/create") return pull(query.get("fromImage") ?? "");
  if (path.endsWith("/push")) return { lines: path.includes("bad") ? failed : pushed };
  if (path === "/images/load") return { lines: loaded };
  if (path === "/auth") return logIn(body);
  if (path === "/images/json") return { json: images };
  if (path === "/images/search") return { json: found };
  if (path === "/info") return { json: info };
  if (path.endsWith("/history")) return { json: history };
  if (path.endsWith("/prune")) return { json: pruned };
  return { status: 404, json: { message: "page not found" } };
}

function pull(image: string): Answer {
  if (image.includes("denied")) return { status: 404, json: { message: `pull access denied for ${image}` } };
  return { lines: image.includes("bad") ? failed : pulled };
}

function logIn(body: string): Answer {
  if (body.includes("wrong"))
    return { status: 401, json: { message: "unauthorized: incorrect username or password" } };
  return { json: { Status: "Login Succeeded", IdentityToken: body.includes("token") ? "tok123" : "" } };
}

export async function startFakeEngine(socketPath: string): Promise<FakeEngine> {
  rmSync(socketPath, { force: true });
  const requests: string[] = [];
  const server = createServer((request, response) => void serve(request, response, requests));
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    host: `unix://${socketPath}`,
    takeRequests: () => requests.splice(0),
    [Symbol.asyncDispose]: () => stop(server, socketPath),
  };
}

async function serve(request: IncomingMessage, response: ServerResponse, requests: string[]): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? "/", "http://engine");
  const path = url.pathname.replace(/^\/v\d+\.\d+/, "");
  const headers = { "Api-Version": "1.51", Ostype: "linux", "Content-Type": "application/json" };
  if (path === "/_ping") {
    response.writeHead(200, { ...headers, "Content-Type": "text/plain" }).end("OK");
    return;
  }
  const body = Buffer.concat(chunks).toString("utf8");
  const auth = String(request.headers["x-registry-auth"] ?? "");
  requests.push(
    `${request.method} ${path}?${url.searchParams.toString()} ${auth} ${path === "/auth" ? body.trim() : ""}`.trim(),
  );
  const answer = answerTo(path, url.searchParams, body);
  if ("lines" in answer)
    response.writeHead(200, headers).end(answer.lines.map((line) => `${JSON.stringify(line)}\r\n`).join(""));
  else response.writeHead(answer.status ?? 200, headers).end(JSON.stringify(answer.json));
}

async function stop(server: Server, socketPath: string): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(socketPath, { force: true });
}
