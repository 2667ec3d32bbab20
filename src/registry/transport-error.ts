import { EngineError, errnoOf, messageOf } from "../base/errors.ts";
import { alertIn } from "./tls-alert.ts";

/** As Go's HTTP client says it, which is what people search for. The errno stays in `cause`. */
export function transportError(
  method: string,
  url: URL,
  { proxy, error }: { proxy: string | undefined; error: unknown },
): EngineError {
  const verb = method.slice(0, 1) + method.slice(1).toLowerCase();
  return new EngineError(
    "unavailable",
    `${verb} "${url.href}": ${proxy === undefined ? reason(url, error) : proxyReason(new URL(proxy), error)}`,
    error,
  );
}

const tunnelledHandshake =
  "tls: handshake failure: the registry speaks no TLS, or asks for a client certificate";

/** What is dialled is the proxy; beyond that, its own word counts. */
function proxyReason(proxy: URL, error: unknown): string {
  const isDialled = ["ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH", "ENOTFOUND", "EAI_AGAIN"].includes(
    errnoOf(error) ?? "",
  );
  if (isDialled) return `proxyconnect tcp: ${reason(proxy, error)}`;
  return errnoOf(error) === "EPROTO" ? tunnelledHandshake : reason(proxy, error);
}

function reason(url: URL, error: unknown): string {
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const dial = `dial tcp ${url.hostname}:${port}: connect:`;
  switch (errnoOf(error)) {
    case "ECONNREFUSED":
      return `${dial} connection refused`;
    case "ENETUNREACH":
      return `${dial} network is unreachable`;
    case "EHOSTUNREACH":
      return `${dial} no route to host`;
    case "ENOTFOUND":
      return `dial tcp: lookup ${url.hostname}: no such host`;
    case "EAI_AGAIN":
      return `dial tcp: lookup ${url.hostname}: Temporary failure in name resolution`;
    case "ECONNRESET":
      return "EOF";
    case "ETIMEDOUT":
      return "net/http: request canceled (Client.Timeout exceeded while awaiting headers)";
    case "EPROTO":
      return "http: server gave HTTP response to HTTPS client";
    default:
      return certificateReason(error);
  }
}

/** By OpenSSL's names for what is wrong with a certificate. */
const certificateReasons: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "x509: certificate signed by unknown authority",
  SELF_SIGNED_CERT_IN_CHAIN: "x509: certificate signed by unknown authority",
  UNABLE_TO_GET_ISSUER_CERT: "x509: certificate signed by unknown authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "x509: certificate signed by unknown authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "x509: certificate signed by unknown authority",
  CERT_HAS_EXPIRED: "x509: certificate has expired or is not yet valid",
  ERR_TLS_CERT_ALTNAME_INVALID: "x509: certificate is not valid for this name",
};

function certificateReason(error: unknown): string {
  const known = certificateReasons[errnoOf(error) ?? ""];
  return known === undefined
    ? (alertIn(error) ?? messageOf(error))
    : `tls: failed to verify certificate: ${known}`;
}
