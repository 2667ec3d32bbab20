import { Transform } from "node:stream";
import { containerPathStat, getContainerArchive } from "../../client/containers.ts";
import { GoMode, hasMode } from "../../spec/file-mode.ts";
import { formatBytes } from "../../spec/size.ts";
import type { CommandContext } from "../command.ts";
import type { CopyRequest } from "./copy-request.ts";
import { absolutePath, checkOutputPath, localDestination, type Place, rebased, splitPath } from "./paths.ts";
import { planCopy } from "./plan.ts";

/** `cp CONTAINER:PATH LOCAL|-`. */
export async function copyFromContainer(context: CommandContext, request: CopyRequest): Promise<void> {
  const { client, terminal, signal } = context;
  const toOutput = request.localPath === "-";
  const target = toOutput ? "-" : absolutePath(request.localPath);
  if (!toOutput) checkOutputPath(target);
  const { path, rebaseName } = await askedPath(context, request);
  const { stat, tar } = await getContainerArchive(client(), request.container, path, signal);
  if (toOutput) {
    for await (const chunk of tar) terminal.out(chunk as Uint8Array);
    return;
  }
  const source: Place = {
    path,
    exists: true,
    isDirectory: hasMode(stat.mode, GoMode.directory),
    ...(rebaseName !== undefined && { rebaseName }),
  };
  const { base } = splitPath(path);
  try {
    const plan = planCopy(source, localDestination(target));
    const name = plan.name ?? rebaseName;
    const counter = countBytes();
    tar.once("error", (error: Error) => counter.stream.destroy(error)).pipe(counter.stream);
    const { unpackLocal } = await context.localCopy();
    const from = base === "/" ? "" : base;
    await unpackLocal(counter.stream, plan.directory, name === undefined ? undefined : { from, to: name });
    if (!request.quiet)
      terminal.err(`Successfully copied ${formatBytes(counter.sizeBytes(), 3)} to ${target}\n`);
  } finally {
    tar.destroy();
  }
}

/** With `-L` a link stands for what it leads to, under its own name. */
async function askedPath(
  { client }: CommandContext,
  { container, containerPath, followLink }: CopyRequest,
): Promise<{ path: string; rebaseName?: string }> {
  if (!followLink) return { path: containerPath };
  const stat = await containerPathStat(client(), container, containerPath).catch(() => undefined);
  if (stat === undefined || !hasMode(stat.mode, GoMode.link)) return { path: containerPath };
  return rebased(containerPath, stat.linkTarget);
}

export function countBytes(): { stream: Transform; sizeBytes: () => number } {
  let sizeBytes = 0;
  const stream = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      sizeBytes += chunk.length;
      done(null, chunk);
    },
  });
  return { stream, sizeBytes: () => sizeBytes };
}
