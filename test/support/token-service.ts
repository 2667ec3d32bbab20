import { createHash, randomBytes, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const issuer = "gantry test issuer";
const service = "gantry test registry";

interface Account {
  username: string;
  password: string;
}

interface Access {
  type: string;
  name: string;
  actions: string[];
}

/**
 * A token service as registries ask for one (distribution's token specification): GET with a password, POST in OAuth2's way
 * with a password or a refresh token. Anybody may pull from `public/…`, the account may do everything.
 */
export class TokenService {
  /** `GET alice repository:a:pull`, `POST refresh_token repository:a:pull,push`. */
  readonly requests: string[] = [];
  /** How long tokens last. */
  lifetimeSeconds = 300;
  readonly #server: Server;
  readonly #directory: string;
  readonly #account: Account;
  readonly #refreshTokens = new Set<string>();

  private constructor(directory: string, account: Account) {
    this.#directory = directory;
    this.#account = account;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** Signs with `tls.key` and `tls.crt` in `directory`. */
  static async start(directory: string, account: Account): Promise<TokenService> {
    const tokens = new TokenService(directory, account);
    await new Promise<void>((resolve) => tokens.#server.listen(0, "127.0.0.1", resolve));
    return tokens;
  }

  /** For the registry's configuration. */
  get registrySettings(): object {
    const { port } = this.#server.address() as AddressInfo;
    const realm = `http://127.0.0.1:${port}/token`;
    return { realm, service, issuer, rootcertbundle: join(this.#directory, "tls.crt") };
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", "http://x");
    const form = request.method === "POST" ? new URLSearchParams(await text(request)) : url.searchParams;
    const scopes = form.getAll("scope").flatMap((scope) => scope.split(" "));
    const who = request.method === "POST" ? this.#byGrant(form) : this.#byPassword(request);
    const how = request.method === "POST" ? (form.get("grant_type") ?? "") : (who ?? "refused");
    this.requests.push(`${request.method} ${how} ${scopes.join(" ")}`.trim());
    if (who === undefined) {
      const errors = [{ code: "UNAUTHORIZED", message: "incorrect username or password" }];
      response.writeHead(401, { "Content-Type": "application/json" }).end(JSON.stringify({ errors }));
      return;
    }
    const wantsRefresh = form.get("offline_token") === "true" || form.get("access_type") === "offline";
    const token = this.#token(who, granted(who, scopes));
    response.writeHead(200, { "Content-Type": "application/json" }).end(
      JSON.stringify({
        token,
        access_token: token,
        expires_in: this.lifetimeSeconds,
        issued_at: new Date().toISOString(),
        ...(wantsRefresh && { refresh_token: this.#refreshToken() }),
      }),
    );
  }

  /** Nobody is `anonymous`; undefined is a wrong password. */
  #byPassword(request: IncomingMessage): string | undefined {
    const header = request.headers.authorization;
    if (header === undefined) return "anonymous";
    const [username, password] = Buffer.from(header.replace("Basic ", ""), "base64").toString().split(":");
    return this.#check(username, password);
  }

  #byGrant(form: URLSearchParams): string | undefined {
    if (form.get("grant_type") === "refresh_token")
      return this.#refreshTokens.has(form.get("refresh_token") ?? "") ? this.#account.username : undefined;
    return this.#check(form.get("username") ?? "", form.get("password") ?? "");
  }

  #check(username: string | undefined, password: string | undefined): string | undefined {
    const isRight = username === this.#account.username && password === this.#account.password;
    return isRight ? username : undefined;
  }

  #refreshToken(): string {
    const token = randomBytes(16).toString("hex");
    this.#refreshTokens.add(token);
    return token;
  }

  /** RFC 7519, with the chain of certificates in its header (RFC 7515, 4.1.6). */
  #token(subject: string, access: Access[]): string {
    const certificate = readFileSync(join(this.#directory, "tls.crt"), "utf8").replaceAll(
      /-----.*-----|\s/g,
      "",
    );
    const now = Math.floor(Date.now() / 1000);
    const header = { typ: "JWT", alg: "ES256", x5c: [certificate] };
    const claims = {
      iss: issuer,
      sub: subject,
      aud: service,
      exp: now + this.lifetimeSeconds,
      nbf: now - 10,
      iat: now,
      jti: createHash("sha256").update(randomBytes(8)).digest("hex"),
      access,
    };
    const body = [header, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    const key = { key: readFileSync(join(this.#directory, "tls.key")), dsaEncoding: "ieee-p1363" as const };
    return `${body}.${sign("sha256", Buffer.from(body), key).toString("base64url")}`;
  }
}

function granted(who: string, scopes: readonly string[]): Access[] {
  return scopes.filter(Boolean).map((scope) => {
    const [type = "", name = "", actions = ""] = scope.split(":");
    const isPublic = name.startsWith("public/");
    const allowed = who === "anonymous" ? (isPublic ? ["pull"] : []) : ["pull", "push", "delete", "*"];
    return { type, name, actions: actions.split(",").filter((action) => allowed.includes(action)) };
  });
}
