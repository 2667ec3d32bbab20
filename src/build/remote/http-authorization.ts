import type { BuildSession } from "../session/build-session.ts";

/**
 * What a build's secrets say for a repository over HTTP, as BuildKit names them: GIT_AUTH_HEADER is the header's value, GIT_AUTH_TOKEN a
 * token; with `.HOST` behind, for that host alone.
 */
export function httpAuthorization(url: string, session: BuildSession | undefined): string | undefined {
  const host = URL.canParse(url) ? new URL(url).host : "";
  const secret = (name: string) => {
    const value = session?.secret(`${name}.${host}`) ?? session?.secret(name);
    return value === undefined ? undefined : Buffer.from(value).toString().trim();
  };
  const header = secret("GIT_AUTH_HEADER");
  if (header !== undefined) return header;
  const token = secret("GIT_AUTH_TOKEN");
  if (token === undefined) return undefined;
  return `basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
}
