import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { isIP } from "node:net";
import { dirname, join, resolve } from "node:path";
import { EngineError } from "../base/errors.ts";
import { type LogLevel, logLevels } from "../base/log.ts";
import { checkRegistryConfig, type RegistrySettings, registrySettings } from "../registry/registry-config.ts";
import { type IdMapping, rootOf } from "../spec/id-mapping.ts";
import { parseBytes } from "../spec/size.ts";
import { defaultConfigFile, mergeSettings, readConfigFile, unusable } from "./config-file.ts";
import type { CommandLine } from "./flags.ts";
import { options } from "./options.ts";
import type { RuntimeSetting, Settings, Ulimit } from "./settings.ts";
import { parseUsernsRemap } from "./userns-remap.ts";

export interface TlsConfig {
  ca: string;
  cert: string;
  key: string;
}

/** The engine's configuration, complete and checked. */
export interface EngineConfig {
  /**
   * Tells this engine's kernel objects (links, nft tables, cgroups) from another engine's on the same machine. Empty
   * for the default data root, else six hexadecimal digits made from it.
   */
  instance: string;
  dataRoot: string;
  execRoot: string;
  pidFile: string;
  hosts: string[];
  /** Undefined: `gantry`, else `docker`, where such a group exists. */
  group: string | undefined;
  tlsVerify: boolean;
  tls: TlsConfig | undefined;
  logLevel: LogLevel;
  debug: boolean;
  labels: string[];
  shutdownTimeoutMs: number;
  /** Empty: the engine picks one that works. */
  defaultRuntime: string;
  runtimes: Record<string, RuntimeSetting>;
  cgroupParent: string;
  defaultCgroupnsMode: string;
  defaultIpcMode: string;
  defaultShmSizeBytes: number;
  defaultUlimits: Record<string, Ulimit>;
  noNewPrivileges: boolean;
  init: boolean;
  initPath: string;
  seccompProfile: string;
  logDriver: string;
  logOpts: Record<string, string>;
  /** `none` for no bridge at all; empty for the engine's own. */
  bridge: string;
  bip: string;
  fixedCidr: string;
  mtu: number;
  icc: boolean;
  ipForward: boolean;
  ipMasq: boolean;
  /** Host address that published ports bind to. */
  ip: string;
  dns: string[];
  dnsSearch: string[];
  dnsOptions: string[];
  hostGatewayIps: string[];
  registries: Record<string, RegistrySettings>;
  insecureRegistries: string[];
  registryMirrors: string[];
  maxConcurrentDownloads: number;
  maxConcurrentUploads: number;
  maxDownloadAttempts: number;
  httpProxy: string;
  httpsProxy: string;
  noProxy: string;
  /** What images and build cache may take on the disk; undefined: as much as there is. */
  storageMaxBytes: number | undefined;
  /** File of the image policy; one that was named must be there. */
  imagePolicy: { path: string; required: boolean };
  liveRestore: boolean;
  /** Undefined: users of containers are the host's. */
  usernsRemap: IdMapping | undefined;
  /** What to tell the log about accepted options that change nothing. */
  notes: string[];
}

export const defaultDataRoot = "/var/lib/gantry";
const defaultPolicyFile = "/etc/gantry/policy.json";
const defaultExecRoot = "/run/gantry";

/** Merges command line and file and checks the whole. Throws `invalid` in dockerd's words where it has them. */
export function loadConfig(line: CommandLine): EngineConfig {
  const path = line.configFile ?? defaultConfigFile;
  const file = readConfigFile(path, line.configFile !== undefined);
  const settings = mergeSettings(path, line.settings, file);
  const config = build(settings);
  try {
    checkConfig(config, settings);
  } catch (error) {
    if (!(error instanceof EngineError) || file.size === 0) throw error;
    throw unusable(
      path,
      `merged configuration validation from file and command line flags failed: ${error.message}`,
    );
  }
  return config;
}

function build(settings: Settings): EngineConfig {
  const text = (key: string, fallback = "") => (settings.get(key) as string | undefined) ?? fallback;
  const list = (key: string) => (settings.get(key) as string[] | undefined) ?? [];
  const flag = (key: string, fallback = false) => (settings.get(key) as boolean | undefined) ?? fallback;
  const int = (key: string, fallback: number) => (settings.get(key) as number | undefined) ?? fallback;
  const map = <T>(key: string) => (settings.get(key) as Record<string, T> | undefined) ?? {};
  const usernsRemap = parseUsernsRemap(text("userns-remap"));
  const dataRoot = remappedRoot(resolve(text("data-root", defaultDataRoot)), usernsRemap);
  const execRoot = resolve(text("exec-root", defaultExecRoot));
  const hosts = list("hosts");
  return {
    instance: instanceOf(dataRoot),
    dataRoot,
    execRoot,
    pidFile: resolve(text("pidfile", join(execRoot, "gantry.pid"))),
    hosts: hosts.length > 0 ? hosts : [`unix://${join(execRoot, "gantry.sock")}`],
    group: settings.has("group") ? text("group") : undefined,
    tlsVerify: flag("tlsverify"),
    tls: tlsFiles(settings),
    logLevel: flag("debug") ? "debug" : (text("log-level", "info") as LogLevel),
    debug: flag("debug"),
    labels: list("labels"),
    shutdownTimeoutMs: int("shutdown-timeout", 15) * 1000,
    defaultRuntime: text("default-runtime"),
    runtimes: map<RuntimeSetting>("runtimes"),
    cgroupParent: text("cgroup-parent"),
    defaultCgroupnsMode: text("default-cgroupns-mode"),
    defaultIpcMode: text("default-ipc-mode", "private"),
    defaultShmSizeBytes: parseBytes(text("default-shm-size", "64m")),
    defaultUlimits: map<Ulimit>("default-ulimits"),
    noNewPrivileges: flag("no-new-privileges"),
    init: flag("init"),
    initPath: text("init-path"),
    seccompProfile: text("seccomp-profile", "builtin"),
    logDriver: text("log-driver", "local"),
    logOpts: map<string>("log-opts"),
    bridge: text("bridge"),
    bip: text("bip"),
    fixedCidr: text("fixed-cidr"),
    mtu: int("mtu", 1500),
    icc: flag("icc", true),
    ipForward: flag("ip-forward", true),
    ipMasq: flag("ip-masq", true),
    ip: text("ip", "0.0.0.0"),
    dns: list("dns"),
    dnsSearch: list("dns-search"),
    dnsOptions: list("dns-opts"),
    hostGatewayIps: list("host-gateway-ips"),
    registries: registrySettings(map<unknown>("registries")),
    insecureRegistries: list("insecure-registries"),
    registryMirrors: list("registry-mirrors"),
    maxConcurrentDownloads: int("max-concurrent-downloads", 3),
    maxConcurrentUploads: int("max-concurrent-uploads", 5),
    maxDownloadAttempts: int("max-download-attempts", 5),
    httpProxy: text("http-proxy"),
    httpsProxy: text("https-proxy"),
    noProxy: text("no-proxy"),
    storageMaxBytes: settings.has("storage-max") ? storageMax(text("storage-max")) : undefined,
    imagePolicy: {
      path: resolve(text("image-policy", defaultPolicyFile)),
      required: settings.has("image-policy"),
    },
    usernsRemap,
    liveRestore: flag("live-restore", true),
    notes: notesOn(settings),
  };
}

function storageMax(text: string): number {
  const bytes = parseBytes(text);
  if (bytes <= 0) throw invalid(`invalid storage max: ${text}: it must be more than nothing, as in 20GB`);
  return bytes;
}

/** dockerd's rule: every mapping has images, containers and volumes of its own. */
function remappedRoot(root: string, mapping: IdMapping | undefined): string {
  return mapping === undefined ? root : join(root, `${rootOf(mapping.users)}.${rootOf(mapping.groups)}`);
}

/** Empty for the default data root; the real path counts, so that a link to a root is that root. */
export function instanceOf(dataRoot: string): string {
  const real = realpathOfNearest(dataRoot);
  if (real === realpathOfNearest(defaultDataRoot)) return "";
  return createHash("sha256").update(real).digest("hex").slice(0, 6);
}

/** The real path of something that need not exist yet. */
function realpathOfNearest(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realpathOfNearest(parent), path.slice(parent.length));
  }
}

function tlsFiles(settings: Settings): TlsConfig | undefined {
  const [ca, cert, key] = ["tlscacert", "tlscert", "tlskey"].map((name) => settings.get(name) as string);
  if (ca === undefined || cert === undefined || key === undefined) return undefined;
  return { ca, cert, key };
}

function notesOn(settings: Settings): string[] {
  return options
    .filter((option) => option.use === "ignored" && settings.has(option.key))
    .map((option) => `the option ${option.key} changes nothing here: ${option.summary}`);
}

function checkConfig(config: EngineConfig, settings: Settings): void {
  for (const option of options) {
    const value = settings.get(option.key);
    if (option.use === "refused" && value !== undefined && value !== false)
      throw invalid(`the option ${option.key} is not supported by this engine`);
  }
  if (!logLevels.includes(config.logLevel)) throw invalid(`invalid logging level: ${config.logLevel}`);
  for (const label of config.labels)
    if (!/^[^=]+=/.test(label)) throw invalid(`bad attribute format: ${label}`);
  const storage = (settings.get("storage-driver") as string | undefined) ?? "overlay2";
  if (storage !== "overlay2")
    throw invalid(`storage driver ${storage} is not supported: overlay2 is the only one`);
  checkExecOptions((settings.get("exec-opts") as string[] | undefined) ?? []);
  checkNetwork(config);
  checkRegistryConfig(config);
  checkTls(config);
  checkChoice("default IPC mode", config.defaultIpcMode, ["private", "shareable"]);
  checkChoice("default cgroup namespace mode", config.defaultCgroupnsMode, ["", "private", "host"]);
  if (config.maxConcurrentDownloads < 1 || config.maxConcurrentUploads < 1 || config.maxDownloadAttempts < 1)
    throw invalid("the limits of downloads and uploads must be at least 1");
}

function checkChoice(what: string, value: string, choices: string[]): void {
  if (!choices.includes(value))
    throw invalid(`${what} (${value}) is invalid: use ${choices.filter(Boolean).join(" or ")}`);
}

function checkExecOptions(execOptions: string[]): void {
  for (const text of execOptions) {
    if (text !== "native.cgroupdriver=cgroupfs")
      throw invalid(`the exec-opt ${text} is not supported: native.cgroupdriver=cgroupfs is the only one`);
  }
}

function checkNetwork(config: EngineConfig): void {
  for (const address of [...config.dns, ...config.hostGatewayIps, config.ip])
    if (isIP(address) === 0) throw invalid(`invalid IP address: ${address}`);
  for (const cidr of [config.bip, config.fixedCidr])
    if (cidr !== "" && !isCidr(cidr)) throw invalid(`invalid CIDR address: ${cidr}`);
  if (config.bip !== "" && config.bridge !== "")
    throw invalid("You specified --bridge and --bip: they are mutually exclusive");
}

function checkTls(config: EngineConfig): void {
  for (const host of config.hosts) checkHost(host, config);
  if (config.tlsVerify && config.tls === undefined)
    throw invalid("--tlsverify needs --tlscacert, --tlscert and --tlskey");
}

function checkHost(host: string, config: EngineConfig): void {
  if (/^unix:\/\/\/./.test(host) || host.startsWith("fd://")) return;
  if (!/^tcp:\/\/(\[[^\]]+\]|[^:/]+):\d+$/.test(host))
    throw invalid(`invalid bind address (${host}): use unix:///PATH, fd:// or tcp://HOST:PORT`);
  if (!config.tlsVerify)
    throw invalid(
      `refusing to listen on ${host} without --tlsverify: whoever reaches it would be root on this machine. ` +
        "Give --tlsverify with --tlscacert, --tlscert and --tlskey, or reach the engine by ssh://",
    );
}

function isCidr(text: string): boolean {
  const [address = "", prefix = ""] = text.split("/");
  return isIP(address) !== 0 && /^\d+$/.test(prefix) && Number(prefix) <= (isIP(address) === 4 ? 32 : 128);
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
