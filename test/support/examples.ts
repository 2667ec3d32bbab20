import { join } from "node:path";
import { must } from "./command.ts";
import type { Driver } from "./driver.ts";
import { projectRoot } from "./paths.ts";

/** Longer than a minute: it installs packages. */
const timeoutMs = 240_000;

/** Builds a folder of `examples`, whose packages come by the machine's own proxies; answers what was said. */
export async function buildExample(
  driver: Driver,
  name: string,
  tag: string,
  ...flags: string[]
): Promise<string> {
  const args = [
    "build",
    "-t",
    tag,
    ...(await proxyArguments()),
    ...flags,
    join(projectRoot, "examples", name),
  ];
  const result = await driver.run(args, { env: builder(driver), timeoutMs });
  if (result.code !== 0) throw new Error(`${args.join(" ")}\n${result.stdout}${result.stderr}`);
  return result.stdout + result.stderr;
}

/** Docker's client asks our engine in the first builder's protocol; a dockerd needs BuildKit's for `RUN --mount`. */
export function builder(driver: Driver): Record<string, string> {
  return { DOCKER_BUILDKIT: driver.engine === "dockerd" ? "1" : "0" };
}

/** The proxies of the environment and of apt, as the arguments that every Dockerfile has and no image keeps. */
async function proxyArguments(): Promise<string[]> {
  const settings = await must([
    "apt-config",
    "shell",
    "http",
    "Acquire::http::Proxy",
    "https",
    "Acquire::https::Proxy",
  ]);
  const ofApt = [...settings.matchAll(/^(https?)='(.*)'$/gm)].map(
    ([, scheme, url]) => `${scheme}_proxy=${url}`,
  );
  const ofEnv = ["http_proxy", "https_proxy", "no_proxy"].flatMap((name) => {
    const value = process.env[name] ?? process.env[name.toUpperCase()];
    return value === undefined ? [] : [`${name}=${value}`];
  });
  return [...ofApt, ...ofEnv].flatMap((argument) => ["--build-arg", argument]);
}
