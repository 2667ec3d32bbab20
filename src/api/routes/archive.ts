import { pipeline } from "node:stream/promises";
import { EngineError } from "../../base/errors.ts";
import type { PathStat } from "../../spec/file-mode.ts";
import type { Call } from "../call.ts";

const tarType = { "Content-Type": "application/x-tar" };

export async function statPath(call: Call): Promise<void> {
  const stat = await call.services.containers.statPath(call.param("name"), pathOf(call));
  call.reply.send(200, { ...call.headers, ...statHeader(stat) }, "");
}

export async function getArchive(call: Call): Promise<void> {
  const { stat, tar } = await call.services.containers.getArchive(call.param("name"), pathOf(call));
  await pipeline(tar, call.reply.open(200, { ...call.headers, ...tarType, ...statHeader(stat) }));
}

export async function putArchive(call: Call): Promise<void> {
  await call.services.containers.putArchive(call.param("name"), {
    path: pathOf(call),
    tar: call.stream,
    keepKinds: call.query.bool("noOverwriteDirNonDir"),
    asUser: call.query.bool("copyUIDGID"),
  });
  call.empty(200);
}

export async function exportTree(call: Call): Promise<void> {
  const tar = await call.services.containers.export(call.param("name"));
  await pipeline(tar, call.open("application/octet-stream"));
}

function pathOf(call: Call): string {
  const path = call.query.string("path");
  if (path === "") throw new EngineError("invalid", "bad parameter: pathcannot be empty");
  return path;
}

function statHeader(stat: PathStat): Record<string, string> {
  return { "X-Docker-Container-Path-Stat": Buffer.from(JSON.stringify(stat)).toString("base64") };
}
