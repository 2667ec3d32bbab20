import type { Readable } from "node:stream";
import { ApiError, type Query, type RequestOptions } from "../../client/client.ts";
import { ignoreMatcher } from "../../spec/ignore-pattern.ts";
import type { BuildExtensions } from "../../spec/api/build.ts";
import { type CommandContext, CommandError, type ParsedFlags } from "../command.ts";
import { describeFolder } from "./describe-folder.ts";
import { scanFolder } from "./folder-scan.ts";
import { sendFolder } from "./send-folder.ts";
import { isOciLayout, sendOciLayout } from "./oci-layout.ts";
import { type BuildSource, folderAt, ignorePatterns, isRemote } from "./source.ts";
import { cacheDirectory } from "./stat-cache.ts";

/** What goes with `POST /build` to say what is built. */
export interface BuildInput extends Pick<RequestOptions, "stream" | "text" | "headers"> {
  query: Query;
  /** The engine is Gantry's: it understands more than the classic query. */
  extended: boolean;
}

/** Sends what the build needs beforehand; what is left goes with the build itself. */
export async function sendInput(context: CommandContext, source: BuildSource): Promise<BuildInput> {
  switch (source.kind) {
    case "archive":
      return { query: { dockerfile: source.name }, ...tarBody(source.tar), extended: true };
    case "remote":
      return {
        query: { remote: source.url, dockerfile: source.name },
        ...(source.dockerfile !== undefined && dockerfileBody(source.dockerfile)),
        extended: true,
      };
    case "dockerfile":
    case "folder":
      return sendLocal(context, source);
  }
}

type LocalSource = Extract<BuildSource, { kind: "folder" | "dockerfile" }>;

/** Only what the engine lacks travels; an engine that knows nothing of that gets a tar. */
async function sendLocal(context: CommandContext, source: LocalSource): Promise<BuildInput> {
  const scanned = source.kind === "folder" ? scanFolder(source.root, ignoreMatcher(source.ignore)) : [];
  const root = source.kind === "folder" ? source.root : "/";
  try {
    const folder = describeFolder(root, scanned, cacheDirectory(context.terminal.env));
    const id = await sendFolder(context.client(), folder, context.signal);
    return {
      query: { context: id, dockerfile: source.name, ...ignored(source, context.flags) },
      ...dockerfileBody(source.dockerfile),
      extended: true,
    };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
  }
  const [{ packFiles }, { randomBytes }] = await Promise.all([context.localCopy(), import("node:crypto")]);
  const dockerfile = { name: `.dockerfile.${randomBytes(10).toString("hex")}`, content: source.dockerfile };
  const tar = packFiles(root, scanned, [dockerfile]);
  const body = context.flags.bool("compress") ? (await import("./compress.ts")).compressed(tar) : tar;
  return { query: { dockerfile: dockerfile.name }, ...tarBody(body), extended: false };
}

/** The ignore file is not always sent along, and matters to a check alone that few turn on. */
function ignored(source: LocalSource, flags: ParsedFlags): BuildExtensions {
  const asks = [source.dockerfile, ...flags.list("build-arg")].some((text) =>
    /(?:^#\s*check\s*=|^BUILDKIT_DOCKERFILE_CHECK=).*experimental/im.test(text),
  );
  return source.kind === "folder" && asks ? { ignore: JSON.stringify(source.ignore) } : {};
}

function tarBody(stream: Readable): Pick<BuildInput, "stream" | "headers"> {
  return { stream, headers: { "Content-Type": "application/x-tar" } };
}

function dockerfileBody(text: string): Pick<BuildInput, "text" | "headers"> {
  return { text, headers: { "Content-Type": "text/x-dockerfile" } };
}

/** `--build-context NAME=VALUE`: folders are sent, all else is the engine's to fetch. */
export async function sendNamedContexts(context: CommandContext): Promise<Record<string, string>> {
  const contexts: Record<string, string> = {};
  for (const text of context.flags.list("build-context")) {
    const [name = "", value = ""] = text.split(/=(.*)/s, 2);
    if (name === "" || value === "")
      throw new CommandError(`invalid context value: ${text}, expected key=value`);
    contexts[name] = await sendNamedContext(context, name, value);
  }
  return contexts;
}

/** What the engine is told of it. */
async function sendNamedContext(context: CommandContext, name: string, value: string): Promise<string> {
  if (value.startsWith("docker-image://") || isRemote(value)) return value;
  // Only bake, which builds several targets at once, has others to name.
  if (value.startsWith("target:"))
    throw new CommandError(`failed to find target ${value.slice("target:".length)} for context ${name}`);
  if (isOciLayout(value)) return `docker-image://${await sendOciLayout(context, value)}`;
  return `context:${await sendNamedFolder(context, value)}`;
}

function sendNamedFolder({ client, terminal, signal }: CommandContext, path: string): Promise<string> {
  const root = folderAt(path);
  const scanned = scanFolder(root, ignoreMatcher(ignorePatterns(root)));
  return sendFolder(client(), describeFolder(root, scanned, cacheDirectory(terminal.env)), signal);
}
