/** Who speaks to a registry, as clients send it in X-Registry-Auth. Secrets: never logged, never stored. */
export interface Credentials {
  username?: string;
  password?: string;
  /** A refresh token that a token service gave at login; stands for user and password. */
  identityToken?: string;
  /** A bearer token to be sent as it is. */
  registryToken?: string;
}

export function basicHeader({ username = "", password = "" }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

export function hasPassword(credentials: Credentials): boolean {
  return (credentials.username ?? "") !== "" && (credentials.password ?? "") !== "";
}
