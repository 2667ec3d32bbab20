import { EngineError } from "../../base/errors.ts";
import type { Call } from "../call.ts";
import { route } from "../router.ts";
import { writeSlowly } from "../stream-wait.ts";
import { eventBody, infoBody, diskUsageBody } from "../version-shims.ts";

/** BuildKit's, which clients prefer by themselves; 1 would send them to the classic builder. */
const builderVersion = "2";

function ping(call: Call): void {
  call.text(200, call.request.method === "HEAD" ? "" : "OK", {
    "Builder-Version": builderVersion,
    "Cache-Control": "no-cache, no-store, must-revalidate",
    Pragma: "no-cache",
    Swarm: "inactive",
  });
}

function version(call: Call): void {
  call.json(200, call.services.system.version());
}

async function info(call: Call): Promise<void> {
  call.json(200, infoBody(await call.services.system.info(), call.minor));
}

async function events(call: Call): Promise<void> {
  const since = call.query.timestamp("since");
  const until = call.query.timestamp("until");
  if (since !== undefined && until !== undefined && since > until)
    throw new EngineError(
      "invalid",
      `\`since\` time (${call.query.string("since")}) cannot be after \`until\` time (${call.query.string("until")})`,
    );
  const filters = call.query.filters();
  const stream = call.services.system.events({ since, until, filters, signal: call.signal });
  const output = call.open("application/json");
  for await (const event of stream)
    if (!(await writeSlowly(output, `${JSON.stringify(eventBody(event))}\n`))) return;
  output.end();
}

const diskUsageTypes = ["container", "image", "volume", "build-cache"];

async function diskUsage(call: Call): Promise<void> {
  const types = call.speaks(42) ? call.query.strings("type") : [];
  const unknown = types.find((type) => !diskUsageTypes.includes(type));
  if (unknown !== undefined) throw new EngineError("invalid", `unknown object type: ${unknown}`);
  call.json(200, diskUsageBody(await call.services.system.diskUsage(), types, call.minor));
}

/** The engine has no plugins, so the list is empty. */
function plugins(call: Call): void {
  call.query.filters();
  call.json(200, []);
}

export const routes = [
  route("GET", "/_ping", ping),
  route("HEAD", "/_ping", ping),
  route("GET", "/version", version),
  route("GET", "/info", info),
  route("GET", "/events", events),
  route("GET", "/system/df", diskUsage),
  route("GET", "/system/prune/preview", async (call) =>
    (await import("./prune-preview.ts")).prunePreview(call),
  ),
  route("GET", "/plugins", plugins),
];
