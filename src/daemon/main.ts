import { setTimeout as delay } from "node:timers/promises";
import { createApiServer } from "../api/api-server.ts";
import { messageOf } from "../base/errors.ts";
import { Log } from "../base/log.ts";
import { gitCommit, programVersion } from "../base/version.ts";
import { notifyServiceManager } from "../linux/notify.ts";
import { releaseCodePages } from "../linux/release-code-pages.ts";
import { resetInheritedSignals } from "../linux/process-state.ts";
import { adoptProxies } from "../registry/outgoing-proxies.ts";
import { claimRoots } from "./claim.ts";
import { type Engine, startEngine } from "./compose-engine.ts";
import { type EngineConfig, loadConfig } from "./config.ts";
import { type CommandLine, helpText, parseCommandLine } from "./flags.ts";
import { type Listener, listenAll } from "./listen.ts";
import { checkMachine, checkOverlay } from "./preflight.ts";
import { reloadConfig } from "./reload.ts";

/** The `daemon` role: serves until a signal ends it. Ends the process itself: no socket left open may keep it. */
export async function run(args: string[]): Promise<never> {
  process.exit(await exitCodeOf(args));
}

async function exitCodeOf(args: string[]): Promise<number> {
  try {
    const line = parseCommandLine(args);
    if (line.help) {
      console.log(helpText());
      return 0;
    }
    if (line.version) {
      console.log(`gantry version ${programVersion}, build ${gitCommit || "unknown"}`);
      return 0;
    }
    const config = loadConfig(line);
    if (line.validate) {
      const { PolicySource } = await import("../images/policy/policy-source.ts");
      new PolicySource(() => config.imagePolicy).current();
      console.log("configuration OK");
      return 0;
    }
    return await serve(line, config);
  } catch (error) {
    console.error(`gantry daemon: ${messageOf(error)}`);
    return 1;
  }
}

async function serve(line: CommandLine, config: EngineConfig): Promise<number> {
  const log = new Log(config.logLevel);
  resetInheritedSignals();
  adoptProxies({ http: config.httpProxy, https: config.httpsProxy, none: config.noProxy });
  // Holds no file system of the user's busy.
  process.chdir("/");
  checkMachine(config);
  using _claim = claimRoots(config);
  checkOverlay(config.dataRoot);
  for (const note of config.notes) log.warn(note);
  const engine = await startEngine(config, log);
  let listeners: Listener[];
  try {
    listeners = await listenAll(config, () => createApiServer(engine.services, { log }), log);
  } catch (error) {
    await engine.close();
    throw error;
  }
  const stopped = stopSignal();
  for (const { address } of listeners) log.info("API listens", { address });
  engine.startContainers();
  process.on("SIGHUP", () => reloadConfig(line, config, log));
  notifyServiceManager("READY=1");
  releaseCodePages();
  log.info("stopping; containers live on", { signal: await stopped });
  engine.leave();
  notifyServiceManager("STOPPING=1");
  await end(engine, listeners, config);
  return 0;
}

/** The first SIGTERM or SIGINT ends the engine cleanly; a second one at once. */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(signal, () => {
        resolve(signal);
        process.once(signal, () => process.exit(1));
      });
    }
  });
}

/** How long answers on their way get; streams that never end are cut then. */
const drainMs = 1000;

/** Containers live on. What does not end in time is left as a crash would leave it: the next start mends that. */
async function end(
  engine: Engine,
  listeners: Listener[],
  { shutdownTimeoutMs }: EngineConfig,
): Promise<void> {
  const drained = Promise.all(
    listeners.map((listener) => listener.close(Math.min(shutdownTimeoutMs, drainMs))),
  );
  const late = delay(shutdownTimeoutMs, undefined, { ref: false });
  await Promise.race([drained.then(() => engine.close()), late]);
}
