import type { Readable } from "node:stream";
import { parseCacheOption } from "../../spec/cache-option.ts";
import { parseReference, referenceString } from "../../spec/reference.ts";
import { type CommandContext, CommandError } from "../command.ts";
import { files } from "../files.ts";
import { openError } from "../open-error.ts";
import type { BuildResult } from "./follow-build.ts";
import type { BuildOutput } from "./outputs.ts";

/** Refuses what could not be delivered in the end, before anything is built. Throws CommandError. */
export function checkOutputs(
  outputs: readonly BuildOutput[],
  { stdoutIsTty }: { stdoutIsTty: boolean },
): void {
  const toStdout = outputs.filter(({ destination }) => destination === "-");
  if (toStdout.length > 1) throw new CommandError("multiple outputs currently unsupported on stdout");
  const [first] = toStdout;
  if (first !== undefined && stdoutIsTty)
    throw new CommandError(`dest file is required for ${first.type} exporter. refusing to write to console`);
}

/** Fetches what the build made for this machine to where it was wanted. */
export async function fetchOutputs(
  { client, terminal, signal, localCopy }: CommandContext,
  outputs: readonly BuildOutput[],
  ids: readonly string[],
): Promise<void> {
  const wanted = outputs.filter(({ destination }) => destination !== undefined);
  for (const [index, { type, unpacked, destination = "" }] of wanted.entries()) {
    const id = ids[index];
    if (id === undefined) throw new CommandError(`the engine made no output of type ${type}`);
    const tar = await client().stream("GET", `/build/outputs/${id}`, { signal });
    if (type === "local" || unpacked === true) await unpack(localCopy, tar, destination);
    else if (destination === "-") for await (const chunk of tar) terminal.out(chunk as Uint8Array);
    else await save(tar, destination);
  }
}

/** Fetches the caches of `--cache-to type=local`. What a folder has already stays there, but its index. */
export async function fetchCaches(
  { client, flags, signal, localCopy }: CommandContext,
  ids: readonly string[],
): Promise<void> {
  const folders = flags
    .list("cache-to")
    .map((text) => parseCacheOption(text, "to"))
    .flatMap(({ attributes: { dest } }) => dest ?? []);
  for (const [index, folder] of folders.entries()) {
    const id = ids[index] ?? "";
    // It failed, and that was not to count.
    if (id === "") continue;
    const tar = await client().stream("GET", `/build/outputs/${id}`, { signal });
    await unpack(localCopy, tar, folder);
  }
}

async function unpack(
  localCopy: CommandContext["localCopy"],
  tar: Readable,
  destination: string,
): Promise<void> {
  files().mkdirSync(destination, { recursive: true });
  await (await localCopy()).unpackLocal(tar, destination);
}

async function save(tar: Readable, destination: string): Promise<void> {
  const { openOutputFile } = await import("../output-file.ts");
  const file = openOutputFile(destination, "failed to write output");
  try {
    for await (const chunk of tar) file.write(chunk as Uint8Array);
  } catch (error) {
    file.abort();
    throw error;
  }
  file.commit();
}

/** `--iidfile` and `--metadata-file`. */
export function writeResultFiles({ flags }: CommandContext, { imageId, metadata }: BuildResult): void {
  const [idFile, metadataFile] = [flags.string("iidfile"), flags.string("metadata-file")];
  const id = imageId ?? metadata["containerimage.digest"];
  if (idFile !== undefined && typeof id === "string") writeFile(idFile, id, "writing image ID file: ");
  if (metadataFile === undefined) return;
  const names = flags.list("tag").map((tag) => referenceString(parseReference(tag)));
  const known = {
    ...(imageId !== undefined && {
      "containerimage.config.digest": imageId,
      "containerimage.digest": imageId,
    }),
    ...(names.length > 0 && { "image.name": names.join(",") }),
    ...metadata,
  };
  const all = Object.entries(known).sort(([a], [b]) => (a < b ? -1 : 1));
  writeFile(metadataFile, JSON.stringify(Object.fromEntries(all), undefined, 2));
}

/** A stale id is worse than none. */
export function removeIdFile({ flags }: CommandContext): void {
  const path = flags.string("iidfile");
  if (path !== undefined) files().rmSync(path, { force: true });
}

function writeFile(path: string, text: string, what = ""): void {
  try {
    files().writeFileSync(path, text);
  } catch (error) {
    throw new CommandError(what + openError(path, error).message);
  }
}
