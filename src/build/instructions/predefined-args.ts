import type { Platform } from "../../spec/platform.ts";
import { formatPlatform } from "../../spec/platform.ts";

/** Build arguments that count in RUN without being declared, and change neither cache nor history. */
export const proxyArguments: readonly string[] = [
  "ALL_PROXY",
  "FTP_PROXY",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
].flatMap((name) => [name, name.toLowerCase()]);

/** The global arguments every build has; a stage sees them once it declares them. */
export function predefinedArguments(
  build: Platform,
  target: Platform,
  targetStage: string,
): Map<string, string> {
  return new Map([
    ...platformArguments("BUILD", build),
    ...platformArguments("TARGET", target),
    ["TARGETSTAGE", targetStage === "" ? "default" : targetStage],
  ]);
}

function platformArguments(prefix: string, platform: Platform): [string, string][] {
  return [
    [`${prefix}PLATFORM`, formatPlatform(platform)],
    [`${prefix}OS`, platform.os],
    [`${prefix}OSVERSION`, ""],
    [`${prefix}ARCH`, platform.architecture],
    [`${prefix}VARIANT`, platform.variant ?? ""],
  ];
}
