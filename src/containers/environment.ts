import type { Container } from "./container.ts";

const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A container's whole environment: Docker's own variables, each overridden by the container's. */
export function environmentOf({ config }: Pick<Container, "config">): string[] {
  const own = config.Env ?? [];
  const names = new Set(own.map((entry) => entry.split("=", 1)[0]));
  const defaults = [defaultPath, `HOSTNAME=${config.Hostname ?? ""}`, ...(config.Tty ? ["TERM=xterm"] : [])];
  // A bare NAME asks to drop a variable.
  return [
    ...defaults.filter((entry) => !names.has(entry.split("=", 1)[0])),
    ...own.filter((entry) => entry.includes("=")),
  ];
}
