import { writeFileSync } from "node:fs";
import type { ResolvedMount } from "../runtime/runtime-service.ts";
import type { Container } from "./container.ts";
import type { ContainersContext } from "./context.ts";
import type { Linked } from "./links/linked-containers.ts";
import { hostsEntry } from "./links/linked-hosts.ts";
import { ownerOf } from "./namespaces.ts";
import { type ContainerPaths, pathsOf } from "./paths.ts";

/** The container whose network this one uses decides its host files. */
export function hostFilesOwner(context: ContainersContext, container: Container): Container {
  const name = ownerOf(container.hostConfig.NetworkMode);
  // It may have been removed since: what is asked of this one then is answered by itself.
  const owner = name === undefined ? undefined : context.repository.search(name);
  return owner === undefined ? container : hostFilesOwner(context, owner);
}

/** Writes hostname, hosts and resolv.conf anew for this start. Answers the files; none where another container has them. */
export function writeHostFiles(
  context: ContainersContext,
  container: Container,
  linked: readonly Linked[],
): string[] {
  if (ownerOf(container.hostConfig.NetworkMode) !== undefined) return [];
  const { config, hostConfig, network } = container;
  const paths = pathsOf(context, container.id);
  const files = context.networks.hostFiles({
    hostname: config.Hostname ?? "",
    domainname: config.Domainname ?? "",
    networkMode: hostConfig.NetworkMode ?? "",
    endpoints: network.Networks ?? {},
    extraHosts: [...(hostConfig.ExtraHosts ?? []), ...linked.map(hostsEntry)],
    dns: orDefault(hostConfig.Dns, context.defaults.dns),
    dnsSearch: orDefault(hostConfig.DnsSearch, context.defaults.dnsSearch),
    dnsOptions: orDefault(hostConfig.DnsOptions, context.defaults.dnsOptions),
  });
  writeFileSync(paths.hostname, files.hostname);
  writeFileSync(paths.hosts, files.hosts);
  writeFileSync(paths.resolvConf, files.resolvConf);
  return [paths.hostname, paths.hosts, paths.resolvConf];
}

/** The three files as mounts, each left out where the user mounts something there. */
export function hostFileMounts(context: ContainersContext, container: Container): ResolvedMount[] {
  const paths = pathsOf(context, hostFilesOwner(context, container).id);
  const { points, tmpfs } = container.mountPlan;
  const taken = new Set([...points, ...tmpfs].map((mount) => mount.destination));
  const readOnly = container.hostConfig.ReadonlyRootfs ?? false;
  const files: [string, keyof ContainerPaths][] = [
    ["/etc/resolv.conf", "resolvConf"],
    ["/etc/hostname", "hostname"],
    ["/etc/hosts", "hosts"],
  ];
  return files
    .filter(([target]) => !taken.has(target))
    .map(([target, file]) => ({
      type: "bind",
      source: paths[file],
      target,
      readOnly,
      propagation: "rprivate",
    }));
}

function orDefault(own: string[] | undefined, fallback: string[]): string[] {
  return own === undefined || own.length === 0 ? fallback : own;
}
