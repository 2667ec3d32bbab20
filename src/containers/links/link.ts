import { EngineError, messageOf } from "../../base/errors.ts";
import type { HostConfig } from "../../spec/api/container.ts";
import type { Container } from "../container.ts";
import { ownerOf } from "../namespaces.ts";
import type { ContainerRepository } from "../repository.ts";

/** A container that another one knows by a name of its own: Docker's legacy links of the default bridge. */
export interface Link {
  /** The linked container. */
  id: string;
  /** Its name when it was linked: what is told of one that has been removed since. */
  name: string;
  alias: string;
}

/** The links a configuration asks for. As in dockerd, of several with one alias the first counts. */
export function planLinks(repository: ContainerRepository, { Links }: HostConfig): Link[] {
  const byAlias = new Map<string, Link>();
  for (const text of Links ?? []) {
    const { target, alias } = parseLink(text);
    const { id, name } = linkTarget(repository, target);
    if (!byAlias.has(alias)) byAlias.set(alias, { id, name, alias });
  }
  return [...byAlias.values()];
}

/** `NAME`, `NAME:ALIAS`, or as inspect shows it: `/NAME:/LINKER/ALIAS`. */
function parseLink(text: string): { target: string; alias: string } {
  if (text === "") throw new EngineError("invalid", "empty string specified for links");
  const [target = "", alias = "", ...more] = text.split(":");
  if (more.length > 0) throw new EngineError("invalid", `bad format for links: ${text}`);
  if (!alias.startsWith("/")) return { target, alias: alias || target };
  return { target: target.replace(/^\//, ""), alias: alias.slice(alias.lastIndexOf("/") + 1) };
}

/** The container whose network the named one uses: its address is the one to know. */
function linkTarget(repository: ContainerRepository, reference: string): Container {
  const container = namedBy(repository, reference);
  const { NetworkMode } = container.hostConfig;
  const owner = ownerOf(NetworkMode);
  if (owner !== undefined) return linkTarget(repository, owner);
  if (NetworkMode !== "host") return container;
  throw new EngineError(
    "invalid",
    "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
  );
}

function namedBy(repository: ContainerRepository, reference: string): Container {
  try {
    return repository.named(reference);
  } catch (error) {
    throw new EngineError("invalid", `could not get container for ${reference}: ${messageOf(error)}`);
  }
}

/** Docker's full name of a link: `/LINKER/ALIAS`. */
export function linkName(linker: Container, { alias }: Link): string {
  return `/${linker.name}/${alias}`;
}

/** HostConfig.Links as inspect shows them: names as they are now. */
export function linksView(repository: ContainerRepository, container: Container): string[] | undefined {
  if (container.links === undefined || container.links.length === 0) return undefined;
  return container.links.map(
    (link) => `/${repository.byId(link.id)?.name ?? link.name}:${linkName(container, link)}`,
  );
}

/** Every name that links give to containers, by the container's id. */
export function namesByLinks(containers: readonly Container[]): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const linker of containers)
    for (const link of linker.links ?? [])
      names.set(link.id, [...(names.get(link.id) ?? []), linkName(linker, link)]);
  return names;
}
