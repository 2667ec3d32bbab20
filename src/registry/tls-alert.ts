import { errnoOf } from "../base/errors.ts";

/** What a server says when it ends a handshake (RFC 8446, 6.2), as Go names it. */
const alerts: Record<string, string> = {
  CERTIFICATE_REQUIRED: "certificate required",
  UNKNOWN_CA: "unknown certificate authority",
  BAD_CERTIFICATE: "bad certificate",
  CERTIFICATE_EXPIRED: "expired certificate",
  CERTIFICATE_UNKNOWN: "unknown certificate",
  CERTIFICATE_REVOKED: "revoked certificate",
  UNSUPPORTED_CERTIFICATE: "unsupported certificate",
  HANDSHAKE_FAILURE: "handshake failure",
  PROTOCOL_VERSION: "protocol version not supported",
  ACCESS_DENIED: "access denied",
  INTERNAL_ERROR: "internal error",
};

/** The alert that an error is, in words; undefined for any other error. */
export function alertIn(error: unknown): string | undefined {
  const name = /^ERR_SSL_\w+_ALERT_(\w+)$/.exec(errnoOf(error) ?? "")?.[1];
  return name === undefined
    ? undefined
    : `remote error: tls: ${alerts[name] ?? name.toLowerCase().replaceAll("_", " ")}`;
}
