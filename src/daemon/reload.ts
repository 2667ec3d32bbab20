import { messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { PolicySource } from "../images/policy/policy-source.ts";
import { type EngineConfig, loadConfig } from "./config.ts";
import type { CommandLine } from "./flags.ts";

/** Options that take effect without a restart, as in dockerd's list. */
const reloadable = [
  "debug",
  "logLevel",
  "labels",
  "shutdownTimeoutMs",
  "registries",
  "insecureRegistries",
  "registryMirrors",
  "maxConcurrentDownloads",
  "maxConcurrentUploads",
  "maxDownloadAttempts",
  "defaultRuntime",
  "storageMaxBytes",
  "imagePolicy",
] as const satisfies readonly (keyof EngineConfig)[];

/** SIGHUP: reads the file again and changes `config` in place. A file that does not check out changes nothing. */
export function reloadConfig(line: CommandLine, config: EngineConfig, log: Log): void {
  let fresh: EngineConfig;
  try {
    fresh = loadConfig(line);
    new PolicySource(() => fresh.imagePolicy).current();
  } catch (error) {
    log.error(`the configuration stays as it was: ${messageOf(error)}`);
    return;
  }
  const changed = reloadable.filter((key) => JSON.stringify(config[key]) !== JSON.stringify(fresh[key]));
  const picked = Object.fromEntries(reloadable.map((key) => [key, fresh[key]]));
  Object.assign(config, picked);
  log.setLevel(config.logLevel);
  log.info("configuration read again", { changed: changed.join(" ") || "nothing" });
}
