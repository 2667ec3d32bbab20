import { ApiError } from "../../client/client.ts";
import { type CreateBody, createContainer } from "../../client/containers.ts";
import { formatPlatform, parsePlatform } from "../../spec/platform.ts";
import { familiarString, isFullId, parseReference, withDefaultTag } from "../../spec/reference.ts";
import { messageOf } from "../../base/errors.ts";
import type { CommandContext } from "../command.ts";
import { openCidFile } from "./cid-file.ts";

const pullPolicies = ["always", "missing", "never"];

/** Throws for a `--pull` that is none. */
export function checkPullPolicy(policy: string): void {
  if (!pullPolicies.includes(policy))
    throw new Error(`invalid pull option: '${policy}': must be one of "always", "missing" or "never"`);
}

/** Creates the container, pulling its image when `--pull` says so; answers its id. Warnings go to stderr. */
export async function createWithPull(context: CommandContext, body: CreateBody): Promise<string> {
  const { flags, terminal } = context;
  const cidFile = openCidFile(flags.string("cidfile") ?? "");
  try {
    const image = body.Image ?? "";
    const name = isFullId(image) ? undefined : familiarString(withDefaultTag(parseReference(image)));
    const options = { name: flags.string("name") ?? "", platform: platform(flags.string("platform") ?? "") };
    const create = () => createContainer(context.client(), body, options);
    const created = await withPulling(context, name, create);
    for (const warning of created.Warnings ?? []) terminal.err(`WARNING: ${warning}\n`);
    cidFile.write(created.Id ?? "");
    return created.Id ?? "";
  } finally {
    cidFile.close();
  }
}

async function withPulling<T>(
  context: CommandContext,
  image: string | undefined,
  create: () => Promise<T>,
): Promise<T> {
  const { flags, terminal } = context;
  const policy = flags.string("pull") ?? "missing";
  if (policy === "always" && image !== undefined) await pull(context, image);
  try {
    return await create();
  } catch (error) {
    const missing = error instanceof ApiError && error.status === 404 && image !== undefined;
    if (!missing || policy !== "missing") throw error;
    if (!flags.bool("quiet")) terminal.err(`Unable to find image '${image}' locally\n`);
    await pull(context, image);
    return create();
  }
}

async function pull(context: CommandContext, image: string): Promise<void> {
  const { pullImage } = await import("./pull-image.ts");
  await pullImage(context, image);
}

function platform(text: string): string {
  if (text === "") return "";
  try {
    return formatPlatform(parsePlatform(text));
  } catch (error) {
    throw new Error(`error parsing specified platform: ${messageOf(error)}`, { cause: error });
  }
}
