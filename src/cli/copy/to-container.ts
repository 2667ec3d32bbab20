import type { Readable } from "node:stream";
import { containerPathStat, putContainerArchive } from "../../client/containers.ts";
import { GoMode, hasMode, type PathStat } from "../../spec/file-mode.ts";
import { formatBytes } from "../../spec/size.ts";
import { type CommandContext, CommandError } from "../command.ts";
import type { CopyRequest } from "./copy-request.ts";
import { countBytes } from "./from-container.ts";
import { absolutePath, localSource, type Place, splitPath } from "./paths.ts";
import { planCopy } from "./plan.ts";

/** `cp LOCAL|- CONTAINER:PATH`. */
export async function copyToContainer(context: CommandContext, request: CopyRequest): Promise<void> {
  const { client, terminal, signal } = context;
  const destination = await containerDestination(context, request);
  const { tar, directory } = await archiveFor(context, request, destination);
  const counter = countBytes();
  tar.once("error", (error: Error) => counter.stream.destroy(error)).pipe(counter.stream);
  try {
    const options = { asUser: request.archive, signal };
    await putContainerArchive(client(), request.container, directory, counter.stream, options);
  } catch (error) {
    // What went wrong here says more than the connection that broke off for it.
    throw counter.stream.errored ?? error;
  } finally {
    tar.destroy();
  }
  const { container } = request;
  if (!request.quiet)
    terminal.err(
      `Successfully copied ${formatBytes(counter.sizeBytes(), 3)} to ${container}:${destination.path}\n`,
    );
}

async function archiveFor(
  context: CommandContext,
  { container, containerPath, localPath, followLink }: CopyRequest,
  destination: Place,
): Promise<{ tar: Readable; directory: string }> {
  if (localPath === "-") {
    if (!destination.isDirectory)
      throw new CommandError(`destination "${container}:${containerPath}" must be a directory`);
    return { tar: context.terminal.stdin, directory: destination.path };
  }
  const source = localSource(absolutePath(localPath), followLink);
  const plan = planCopy(source, destination);
  const { directory, base } = splitPath(source.path);
  const { packLocal } = await context.localCopy();
  const name = plan.name ?? source.rebaseName ?? (base === "/" ? "" : base);
  return { tar: packLocal({ directory, base: base === "/" ? "." : base, name }), directory: plan.directory };
}

/** A link at the end stands for where it leads. What cannot be asked is taken for missing: the copy itself will say. */
async function containerDestination(
  context: CommandContext,
  { container, containerPath }: CopyRequest,
): Promise<Place> {
  const ask = (path: string): Promise<PathStat | undefined> =>
    containerPathStat(context.client(), container, path).catch(() => undefined);
  let [path, stat] = [containerPath, await ask(containerPath)];
  if (stat !== undefined && hasMode(stat.mode, GoMode.link)) {
    path = stat.linkTarget;
    stat = await ask(path);
  }
  if (stat === undefined) return { path, exists: false, isDirectory: false };
  checkKind(stat, `destination "${container}:${containerPath}" must be a directory or a regular file`);
  return { path, exists: true, isDirectory: hasMode(stat.mode, GoMode.directory) };
}

function checkKind({ mode }: PathStat, rule: string): void {
  if (hasMode(mode, GoMode.device)) throw new CommandError(`${rule}: got a device`);
  if (hasMode(mode, GoMode.fifo) || hasMode(mode, GoMode.socket))
    throw new CommandError(`${rule}: got an irregular file`);
}
