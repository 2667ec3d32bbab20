import type { Container } from "./container.ts";

const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * A container's whole environment: Docker's own variables, then what its links tell, each overridden in its place by the
 * container's.
 */
export function environmentOf(
  { config }: Pick<Container, "config">,
  linked: readonly string[] = [],
): string[] {
  const defaults = [defaultPath, `HOSTNAME=${config.Hostname ?? ""}`, ...(config.Tty ? ["TERM=xterm"] : [])];
  return overridden([...defaults, ...linked], config.Env ?? []);
}

/** The variables of `base` with those of `over` in their places, new ones after them; a bare NAME drops one. */
export function overridden(base: readonly string[], over: readonly string[]): string[] {
  const merged = new Map(base.map((entry) => [nameOf(entry), entry]));
  for (const entry of over) {
    if (entry.includes("=")) merged.set(nameOf(entry), entry);
    else merged.delete(entry);
  }
  return [...merged.values()];
}

function nameOf(entry: string): string {
  return entry.split("=", 1)[0] ?? "";
}
