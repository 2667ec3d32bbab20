import { ApiError } from "../../client/client.ts";
import type { BuildMessage } from "../../spec/api/build.ts";
import { type CommandContext, CommandError, type ParsedFlags } from "../command.ts";
import { classicQuery, extendedQuery } from "./build-query.ts";
import { type CallFlag, callFlag } from "./call-flag.ts";
import { checkFlags } from "./check-flags.ts";
import { checkOutputs, fetchCaches, fetchOutputs, removeIdFile, writeResultFiles } from "./deliver.ts";
import { failureOf } from "./failure.ts";
import { type BuildResult, followBuild } from "./follow-build.ts";
import { sendInput, sendNamedContexts } from "./inputs.ts";
import { type BuildOutput, outputQuery, parseOutput } from "./outputs.ts";
import { printerFor } from "./progress/printer-for.ts";
import type { ProgressPrinter } from "./progress/progress-printer.ts";
import { lend } from "./session.ts";
import { SolveError } from "./solve-error.ts";
import { resolveSource } from "./source.ts";

/** `build`, from the command line to the files it leaves. */
export async function runBuild(context: CommandContext): Promise<number> {
  const { flags, terminal } = context;
  try {
    checkFlags(context);
    const call = callFlag(flags);
    const outputs = outputsOf(context);
    checkOutputs(outputs, terminal);
    removeIdFile(context);
    const printer = await printerFor(progressMode(context), terminal);
    const result = await build(context, outputs, printer);
    if (call !== undefined && result.call !== undefined) return await showCall(context, call, result.call);
    await fetchOutputs(context, outputs, result.outputs);
    await fetchCaches(context, result.caches);
    writeResultFiles(context, result);
    if (isQuiet(flags) && result.imageId !== undefined) terminal.out(`${result.imageId}\n`);
    return 0;
  } catch (error) {
    // Whatever an interrupt broke, it is the reason.
    context.signal.throwIfAborted();
    throw failureOf(error);
  }
}

function progressMode({ flags }: CommandContext): string {
  const wanted = flags.string("progress") ?? "auto";
  const silent = flags.bool("quiet") || callFlag(flags) !== undefined;
  return silent && wanted === "auto" ? "quiet" : wanted;
}

/** Only what came out of it is told. */
function isQuiet(flags: ParsedFlags): boolean {
  return flags.bool("quiet") || flags.string("progress") === "quiet";
}

function outputsOf({ flags }: CommandContext): BuildOutput[] {
  const outputs = flags.list("output").map(parseOutput);
  if (flags.bool("push")) outputs.push({ type: "registry", attributes: {} });
  if (flags.bool("load")) outputs.push({ type: "docker", attributes: {} });
  return outputs;
}

async function build(
  context: CommandContext,
  outputs: readonly BuildOutput[],
  printer: ProgressPrinter,
): Promise<BuildResult> {
  const { flags, args, terminal } = context;
  const session = await lend(context);
  try {
    const source = await resolveSource(args[0] ?? "", flags.string("file"), terminal);
    const contexts = await sendNamedContexts(context);
    const { query, extended, ...body } = await sendInput(context, source);
    const wishes = {
      ...extendedQuery(flags),
      ...(Object.keys(contexts).length > 0 && { contexts }),
      ...(session && { session: session.id }),
      ...(outputs.length > 0 && { outputs: JSON.stringify(outputs.map(outputQuery)) }),
    };
    if (!extended) refuseBeyondClassic(wishes);
    const classic = classicQuery(flags, terminal.env, context.config(), context.client().host);
    const all = { ...classic, ...query, ...(extended && wishes) };
    const headers = { ...body.headers, ...(await authorization(context)) };
    return await post(context, { query: all, ...body, headers }, printer);
  } finally {
    session?.end();
    printer.end();
  }
}

/** For base images, caches and results. */
async function authorization(context: CommandContext): Promise<Record<string, string>> {
  const config = context.config();
  if (config.auths === undefined && config.credHelpers === undefined) return {};
  const { encodeAllAuth } = await import("../registry-auth/credentials.ts");
  const known = encodeAllAuth(config);
  return known === undefined ? {} : { "X-Registry-Config": known };
}

/** An engine that is not Gantry's would build something else without a word. */
function refuseBeyondClassic(wishes: object): void {
  const name = Object.keys(wishes).find((wish) => wish !== "trace" && wish !== "explain");
  if (name !== undefined)
    throw new CommandError(`this engine does not understand "${name}" from this command`);
}

type Request = Parameters<ReturnType<CommandContext["client"]>["lines"]>[2];

async function post(
  context: CommandContext,
  request: Request,
  printer: ProgressPrinter,
): Promise<BuildResult> {
  const messages = context
    .client()
    .lines<BuildMessage>("POST", "/build", { ...request, signal: context.signal });
  try {
    return await followBuild(messages, printer);
  } catch (error) {
    throw error instanceof ApiError ? new SolveError(error.message) : error;
  }
}

async function showCall(
  { terminal }: CommandContext,
  { method, json: wantsJson, ignoreStatus }: CallFlag,
  { json, failed }: NonNullable<BuildResult["call"]>,
): Promise<number> {
  const { callError, callText } = await import("./call-text.ts");
  terminal.out(wantsJson ? `${JSON.stringify(json, undefined, 2)}\n` : callText(method, json));
  if (failed) terminal.err(`${method === "check" ? callError(json) : ""}\n`);
  return failed && !ignoreStatus ? 1 : 0;
}
