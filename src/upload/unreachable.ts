/** Why a server cannot be reached, in words. */
import { PhotologError, systemCodeOf } from "../errors.ts";

const WHY: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection lost",
  EPIPE: "connection lost",
  UND_ERR_SOCKET: "connection lost",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "its name cannot be looked up",
  EHOSTUNREACH: "no way there",
  ENETUNREACH: "no network",
  ETIMEDOUT: "no answer in time",
  UND_ERR_CONNECT_TIMEOUT: "no answer in time",
  UND_ERR_HEADERS_TIMEOUT: "no answer in time",
  UND_ERR_BODY_TIMEOUT: "no answer in time",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is signed by itself",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is signed by nobody that this machine knows",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is signed by nobody that this machine knows",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is signed by nobody that this machine knows",
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
  EPROTO: "it does not speak HTTPS",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak HTTPS",
  HPE_INVALID_CONSTANT: "it does not speak HTTP; perhaps https:// is meant",
  UND_ERR_ABORTED: "the proxy refuses, or asks to sign in",
  UND_ERR_PRX_TLS: "the proxy refuses",
};

const OWN_AUTHORITY = "If it is yours, name the file with its authority in NODE_EXTRA_CA_CERTS.";
const HINTS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: OWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: OWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: OWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: OWN_AUTHORITY,
  CERT_HAS_EXPIRED: "Renew it on the server; and see whether this machine's clock is right.",
  CERT_NOT_YET_VALID: "See whether this machine's clock is right.",
};

export function unreachable(error: unknown, host: string): PhotologError {
  const code = systemCodeOf(error) ?? "unknown error";
  const why = WHY[code] ?? code;
  const hint = HINTS[code];
  return new PhotologError("SERVER_UNREACHABLE", `Cannot reach ${host}: ${why}.`, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}
