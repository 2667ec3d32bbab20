// The engine's half of `info`, line for line as docker prints it.
import type { SystemInfo } from "../../../spec/api/system.ts";
import { formatBinaryBytes } from "../../../spec/size.ts";

type Info = SystemInfo & { Swarm?: { LocalNodeState?: string } };

export function serverInfoText(
  info: Info,
  { debug, username }: { debug: boolean; username: string },
): string {
  const lines = [
    ...counts(info),
    ...storage(info),
    ...plugins(info),
    ...runtimes(info),
    ...(info.OSType === "linux" ? linux(info) : []),
    ...machine(info),
    ...(info.Debug || debug ? debugging(info) : []),
    ...filled([
      [" HTTP Proxy:", info.HttpProxy],
      [" HTTPS Proxy:", info.HttpsProxy],
      [" No Proxy:", info.NoProxy],
      [" Username:", username],
    ]),
    ...list(" Labels:", info.Labels ?? []),
    ` Experimental: ${info.ExperimentalBuild ?? false}`,
    ...registries(info),
    ` Live Restore Enabled: ${info.LiveRestoreEnabled ?? false}`,
    ...filled([[" Product License:", info.ProductLicense]]),
    ...pools(info),
  ];
  return `${lines.join("\n")}\n`;
}

/** Lines whose value is not empty. */
function filled(lines: readonly [string, string | undefined][]): string[] {
  return lines
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([name, value]) => `${name} ${value}`);
}

function list(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [title, ...items.map((item) => `  ${item}`)];
}

function counts(info: Info): string[] {
  return [
    ` Containers: ${info.Containers ?? 0}`,
    `  Running: ${info.ContainersRunning ?? 0}`,
    `  Paused: ${info.ContainersPaused ?? 0}`,
    `  Stopped: ${info.ContainersStopped ?? 0}`,
    ` Images: ${info.Images ?? 0}`,
  ];
}

function storage(info: Info): string[] {
  return [
    ...filled([
      [" Server Version:", info.ServerVersion],
      [" Storage Driver:", info.Driver],
    ]),
    ...(info.DriverStatus ?? []).map(([name = "", value = ""]) => `  ${name}: ${value}`),
    ...filled([
      [" Logging Driver:", info.LoggingDriver],
      [" Cgroup Driver:", info.CgroupDriver],
      [" Cgroup Version:", info.CgroupVersion],
    ]),
  ];
}

function words(names: readonly string[] | null | undefined): string {
  return (names ?? []).join(" ");
}

function plugins({ Plugins, CDISpecDirs, Swarm }: Info): string[] {
  const authorization = words(Plugins?.Authorization);
  return [
    " Plugins:",
    `  Volume: ${words(Plugins?.Volume)}`,
    `  Network: ${words(Plugins?.Network)}`,
    ...(authorization === "" ? [] : [`  Authorization: ${authorization}`]),
    `  Log: ${words(Plugins?.Log)}`,
    ...list(" CDI spec directories:", CDISpecDirs ?? []),
    ` Swarm: ${Swarm?.LocalNodeState ?? "inactive"}`,
  ];
}

function runtimes({ Runtimes, DefaultRuntime = "" }: Info): string[] {
  const names = Object.keys(Runtimes ?? {}).sort();
  return names.length === 0 ? [] : [` Runtimes: ${names.join(" ")}`, ` Default Runtime: ${DefaultRuntime}`];
}

function linux(info: Info): string[] {
  const lines = [
    ` Init Binary: ${info.InitBinary ?? ""}`,
    ` containerd version: ${info.ContainerdCommit?.ID ?? ""}`,
    ` runc version: ${info.RuncCommit?.ID ?? ""}`,
    ` init version: ${info.InitCommit?.ID ?? ""}`,
  ];
  const options = info.SecurityOptions ?? [];
  return options.length === 0 ? lines : [...lines, " Security Options:", ...options.flatMap(securityOption)];
}

/** `name=seccomp,profile=builtin`, or a name alone. */
function securityOption(text: string): string[] {
  if (!text.includes("=")) return [`  ${text}`];
  const pairs = text.split(",").map((pair) => pair.split("=", 2));
  const name = pairs.find(([key]) => key === "name")?.[1] ?? "";
  const profiles = pairs.filter(([key]) => key === "profile").map(([, value = ""]) => `   Profile: ${value}`);
  return [`  ${name}`, ...profiles];
}

function machine(info: Info): string[] {
  return [
    ...filled([
      [" Kernel Version:", info.KernelVersion],
      [" Operating System:", info.OperatingSystem],
      [" OSType:", info.OSType],
      [" Architecture:", info.Architecture],
    ]),
    ` CPUs: ${info.NCPU ?? 0}`,
    ` Total Memory: ${formatBinaryBytes(info.MemTotal ?? 0)}`,
    ...filled([
      [" Name:", info.Name],
      [" ID:", info.ID],
    ]),
    ` Docker Root Dir: ${info.DockerRootDir ?? ""}`,
    ` Debug Mode: ${info.Debug ?? false}`,
  ];
}

function debugging(info: Info): string[] {
  return [
    `  File Descriptors: ${info.NFd ?? 0}`,
    `  Goroutines: ${info.NGoroutines ?? 0}`,
    `  System Time: ${info.SystemTime ?? ""}`,
    `  EventsListeners: ${info.NEventsListener ?? 0}`,
  ];
}

function registries({ RegistryConfig }: Info): string[] {
  const indexes = Object.values(RegistryConfig?.IndexConfigs ?? {});
  const ranges = RegistryConfig?.InsecureRegistryCIDRs ?? [];
  const insecure = indexes.filter(({ Secure }) => !Secure).map(({ Name = "" }) => Name);
  const title = indexes.length > 0 || ranges.length > 0 ? [" Insecure Registries:"] : [];
  const lines = [...insecure, ...ranges].map((name) => `  ${name}`);
  return [...title, ...lines, ...list(" Registry Mirrors:", RegistryConfig?.Mirrors ?? [])];
}

function pools({ DefaultAddressPools }: Info): string[] {
  const all = DefaultAddressPools ?? [];
  if (all.length === 0) return [];
  return [
    " Default Address Pools:",
    ...all.map(({ Base = "", Size = 0 }) => `   Base: ${Base}, Size: ${Size}`),
  ];
}
