import { pipeline } from "node:stream/promises";
import { EngineError } from "../../base/errors.ts";
import { isDigest } from "../../spec/digest.ts";
import type { Platform } from "../../spec/platform.ts";
import { isTag, parseReference, referenceString } from "../../spec/reference.ts";
import type { Call } from "../call.ts";
import { platformJson, platformText } from "../platform-parameter.ts";
import { registryAuth } from "../registry-auth.ts";
import { streamProgress } from "../progress-stream.ts";
import { nullIfEmpty, shaped } from "../response-shape.ts";
import { historyStep } from "../response-shapes.ts";
import { route } from "../router.ts";
import { imageBody, imageSummaryBody } from "../version-shims.ts";

function list(call: Call): void {
  const filters = call.query.filters();
  const legacyName = call.speaks(41) ? "" : call.query.string("filter");
  if (legacyName !== "") filters["reference"] = [...(filters["reference"] ?? []), legacyName];
  const images = call.services.images.list({
    all: call.query.bool("all"),
    filters,
    digests: call.query.bool("digests"),
    sharedSize: call.speaks(42) && call.query.bool("shared-size"),
  });
  call.json(
    200,
    images.map((image) => imageSummaryBody(image, call.minor)),
  );
}

function inspect(call: Call): void {
  call.json(200, imageBody(call.services.images.inspect(call.param("name"), platformJson(call)), call.minor));
}

function history(call: Call): void {
  const steps = call.services.images.history(call.param("name"), platformJson(call));
  call.json(
    200,
    steps.map((step) => shaped(step, historyStep)),
  );
}

/** An endpoint of the engine's own: Docker has none there. */
async function diff(call: Call): Promise<void> {
  const other = call.query.string("with");
  if (other === "")
    throw new EngineError("invalid", "the image to compare with is missing: give it as ?with=IMAGE");
  call.json(200, await call.services.images.diff(call.param("name"), other, call.signal));
}

function tag(call: Call): void {
  call.services.images.tag(call.param("name"), call.query.string("repo"), call.query.string("tag"));
  call.empty(201);
}

async function remove(call: Call): Promise<void> {
  const name = call.param("name");
  if (name.trim() === "") throw new EngineError("invalid", "image name cannot be blank");
  const options = { force: call.query.bool("force"), noPrune: call.query.bool("noprune") };
  call.json(200, await call.services.images.remove(name, options));
}

async function pull(call: Call): Promise<void> {
  const options = { ...platformOption(call), credentials: registryAuth(call), signal: call.signal };
  const reference = pullReference(call.query.string("fromImage"), call.query.string("tag"));
  await streamProgress(call, async (progress) => {
    await call.services.images.pull(reference, options, progress);
  });
}

function platformOption(call: Call): { platform?: Platform } {
  const platform = platformText(call, 32);
  return platform === undefined ? {} : { platform };
}

/** `tag` may be a digest, and counts before what the name itself says. */
function pullReference(name: string, tag: string): string {
  if (tag === "") return name.replace(/:$/, "");
  const reference = parseReference(name);
  const { tag: _tag, digest: _digest, ...bare } = reference;
  if (isDigest(tag)) return referenceString({ ...bare, digest: tag });
  if (!isTag(tag)) throw new EngineError("invalid", "invalid tag format");
  return referenceString({ ...bare, tag });
}

/** The platform is an object here, unlike in a pull. */
async function push(call: Call): Promise<void> {
  const platform = platformJson(call);
  const options = { ...(platform && { platform }), credentials: registryAuth(call), signal: call.signal };
  const reference = pushReference(call.param("name"), call.query.string("tag"));
  await streamProgress(call, async (progress) => {
    await call.services.images.push(reference, options, progress);
  });
}

function pushReference(name: string, tag: string): string {
  const reference = parseReference(name);
  if (tag === "") return referenceString(reference);
  if (!isTag(tag)) throw new EngineError("invalid", "invalid tag format");
  return referenceString({ domain: reference.domain, path: reference.path, tag });
}

async function search(call: Call): Promise<void> {
  const limit = searchLimit(call.query.string("limit"));
  const options = {
    limit,
    filters: call.query.filters(),
    credentials: registryAuth(call),
    signal: call.signal,
  };
  call.json(200, await call.services.images.search(call.query.string("term"), options));
}

function searchLimit(given: string): number {
  if (given === "" || /^[+-]?\d+$/.test(given)) return Number(given);
  const why = `strconv.Atoi: parsing ${JSON.stringify(given)}: invalid syntax`;
  throw new EngineError("invalid", `invalid limit specified: ${why}`);
}

/** Two verbs under one name: `fromImage` pulls, `fromSrc` imports. */
async function create(call: Call): Promise<void> {
  if (call.query.string("fromImage") !== "") return await pull(call);
  const { query } = call;
  const source = query.string("fromSrc");
  const options = {
    repository: query.string("repo") || undefined,
    tag: query.string("tag") || undefined,
    message: query.string("message") || undefined,
    changes: query.strings("changes"),
    platform: platformText(call, 32),
    signal: call.signal,
  };
  await streamProgress(call, async (progress) => {
    const { images } = call.services;
    const imported =
      source === "-"
        ? images.import(call.stream, options, progress)
        : images.importFrom(source, options, progress);
    progress({ status: await imported });
  });
}

async function load(call: Call): Promise<void> {
  const options = {
    quiet: call.query.bool("quiet", true),
    platform: platformJson(call),
    signal: call.signal,
  };
  await streamProgress(call, (progress) => call.services.images.load(call.stream, options, progress));
}

async function saveOne(call: Call): Promise<void> {
  await save(call, [call.param("name")]);
}

async function saveMany(call: Call): Promise<void> {
  await save(call, call.query.strings("names"));
}

async function save(call: Call, names: string[]): Promise<void> {
  const archive = call.services.images.save(names, { platform: platformJson(call), signal: call.signal });
  await pipeline(archive, call.open("application/x-tar"));
}

async function prune(call: Call): Promise<void> {
  const { ImagesDeleted, SpaceReclaimed } = await call.services.images.prune(call.query.filters());
  call.json(200, { ImagesDeleted: nullIfEmpty(ImagesDeleted), SpaceReclaimed });
}

export const routes = [
  route("GET", "/images/json", list),
  route("GET", "/images/search", search),
  route("GET", "/images/get", saveMany),
  route("GET", "/images/{name}/diff", diff),
  route("GET", "/images/{name}/get", saveOne),
  route("GET", "/images/{name}/history", history),
  route("GET", "/images/{name}/json", inspect),
  route("POST", "/images/create", create),
  route("POST", "/images/load", load),
  route("POST", "/images/prune", prune),
  route("POST", "/images/{name}/push", push),
  route("POST", "/images/{name}/tag", tag),
  route("DELETE", "/images/{name}", remove),
];
