import { createPrivateKey, X509Certificate } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EngineError, messageOf } from "../base/errors.ts";

export interface TlsFiles {
  ca?: string[];
  cert?: string;
  key?: string;
}

/** Certificates by registry. */
export interface TrustStore {
  /** What to trust and to show when speaking to `host` (with its port). Read anew each time: files come and go. */
  for(host: string): TlsFiles;
}

/** Where distributions keep the authorities that a machine trusts. */
const systemBundles = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/tls/cacert.pem",
  "/etc/ssl/cert.pem",
];

/**
 * `directories` hold a folder for each registry, `HOST[:PORT]`, with authorities (`*.crt`) and pairs of client
 * certificate and key (`NAME.cert`, `NAME.key`), as Docker's certs.d. Earlier directories count first.
 */
export function createTrustStore(
  directories: readonly string[],
  env: Record<string, string | undefined> = process.env,
): TrustStore {
  let system: string | undefined;
  return {
    for(host) {
      const folders = directories
        .map((directory) => join(directory, host))
        .filter((path) => existsSync(path));
      const authorities = folders.flatMap(authoritiesIn);
      const client = folders.map(clientPairIn).find((pair) => pair !== undefined);
      system ??= systemAuthorities(env);
      const ca = [...(system === "" ? [] : [system]), ...authorities];
      return { ...(ca.length > 0 && { ca }), ...client };
    },
  };
}

/** Empty where the machine has none: the runtime's own then count. */
function systemAuthorities(env: Record<string, string | undefined>): string {
  const path = [env["SSL_CERT_FILE"], ...systemBundles].find(
    (name) => name !== undefined && existsSync(name),
  );
  return path === undefined ? "" : readFileSync(path, "utf8");
}

function authoritiesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".crt"))
    .map((name) => readFileSync(join(folder, name), "utf8"));
}

function clientPairIn(folder: string): { cert: string; key: string } | undefined {
  const names = readdirSync(folder);
  const certificate = names.find((name) => name.endsWith(".cert"));
  const orphan = names.find(
    (name) => name.endsWith(".key") && !names.includes(name.replace(/\.key$/, ".cert")),
  );
  if (orphan !== undefined)
    throw new EngineError(
      "invalid",
      `missing client certificate ${orphan.replace(/\.key$/, ".cert")} for key ${orphan} in ${folder}`,
    );
  if (certificate === undefined) return undefined;
  const key = certificate.replace(/\.cert$/, ".key");
  if (!names.includes(key))
    throw new EngineError(
      "invalid",
      `missing key ${key} for client certificate ${certificate} in ${folder}. CA certificates must use the extension .crt`,
    );
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  const pair = { cert: read(certificate), key: read(key) };
  checkPair(pair, `${certificate} and ${key} in ${folder}`);
  return pair;
}

/** Said here: fetch takes it for a socket that does not open. */
function checkPair({ cert, key }: { cert: string; key: string }, names: string): void {
  let isPair: boolean;
  try {
    isPair = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw new EngineError("invalid", `the client certificate cannot be used (${names}): ${messageOf(error)}`);
  }
  if (!isPair) throw new EngineError("invalid", `tls: private key does not match public key (${names})`);
}
