/** How an engine is reached, as parsed from `-H`, DOCKER_HOST or a context. */
export type Endpoint =
  | { kind: "unix"; path: string }
  | { kind: "tcp"; hostname: string; port: number; basePath: string }
  | { kind: "ssh"; user?: string; hostname: string; port?: number; socketPath?: string };

const plainPort = 2375;
const tlsPort = 2376;

/**
 * Reads a host the way docker does: `unix:///path`, `tcp://host:port`, `ssh://user@host`, `http://…`, or `host:port`
 * alone. Throws an Error in docker's words.
 */
export function parseHost(host: string, tls: boolean): Endpoint {
  const trimmed = host.trim();
  const [scheme, rest] = split(trimmed);
  switch (scheme) {
    case "unix":
      return { kind: "unix", path: rest === "" ? "/run/gantry/gantry.sock" : rest };
    case "tcp":
    case "http":
    case "https":
      return parseTcp(rest, tls || scheme === "https" ? tlsPort : plainPort, trimmed);
    case "ssh":
      return parseSsh(trimmed);
    default:
      throw new Error(`invalid bind address format: ${host}`);
  }
}

function split(host: string): [scheme: string, rest: string] {
  const at = host.indexOf("://");
  return at < 0 ? ["tcp", host] : [host.slice(0, at), host.slice(at + 3)];
}

function parseTcp(address: string, defaultPort: number, whole: string): Endpoint {
  const url = parseUrl(`http://${address === "" ? "localhost" : address}`, whole);
  return {
    kind: "tcp",
    hostname: url.hostname,
    // URL drops the port 80 that was written out.
    port: url.port !== "" ? Number(url.port) : /:80(\/|$)/.test(address) ? 80 : defaultPort,
    basePath: url.pathname.replace(/\/$/, ""),
  };
}

function parseSsh(host: string): Endpoint {
  const url = parseUrl(host, host);
  if (url.hostname === "") throw new Error(`no host specified`);
  if (url.password !== "") throw new Error("plain-text password is not supported");
  return {
    kind: "ssh",
    hostname: url.hostname,
    ...(url.username !== "" && { user: decodeURIComponent(url.username) }),
    ...(url.port !== "" && { port: Number(url.port) }),
    ...(url.pathname.length > 1 && { socketPath: url.pathname }),
  };
}

function parseUrl(text: string, shown: string): URL {
  try {
    return new URL(text);
  } catch {
    throw new Error(`unable to parse docker host \`${shown}\``);
  }
}
