import { CheckTimeoutError } from "../check/errors.ts";
import { TimeoutError } from "../shared/timeout.ts";
import { ProbeError, type ProbeErrorType } from "./errors.ts";

/** Error types by the codes of Node.js's errors, including OpenSSL's verification codes. */
const TYPES: Readonly<Record<string, ProbeErrorType>> = {
  ECONNREFUSED: "connection_refused",
  ECONNRESET: "connection_reset",
  EPIPE: "connection_reset",
  ETIMEDOUT: "timeout",
  ENETUNREACH: "network_unreachable",
  EHOSTUNREACH: "host_unreachable",
  EADDRNOTAVAIL: "network_unreachable",
  ENOTFOUND: "dns_not_found",
  ENODATA: "dns_not_found",
  ESERVFAIL: "dns_failure",
  EREFUSED: "dns_failure",
  EAI_AGAIN: "dns_failure",
  ETIMEOUT: "dns_timeout",
  CERT_HAS_EXPIRED: "certificate_expired",
  CERT_NOT_YET_VALID: "certificate_expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "certificate_untrusted",
  SELF_SIGNED_CERT_IN_CHAIN: "certificate_untrusted",
  UNABLE_TO_GET_ISSUER_CERT: "certificate_untrusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "certificate_untrusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "certificate_untrusted",
  ERR_TLS_CERT_ALTNAME_INVALID: "certificate_name_mismatch",
  EPROTO: "tls_failure",
};

/** How many levels of `cause` we search. */
const MAX_DEPTH = 5;

/** The type of a failure, for `error.type`: one of a few values, whatever was thrown. Never throws. */
export function errorTypeOf(error: unknown): string {
  try {
    return typeOf(error, 0);
  } catch {
    return "_OTHER";
  }
}

function typeOf(error: unknown, depth: number): string {
  if (!(error instanceof Error) || depth > MAX_DEPTH) return "_OTHER";
  if (error instanceof ProbeError) return isType(error.type) ? error.type : "_OTHER";
  if (error instanceof CheckTimeoutError || error instanceof TimeoutError) return "timeout";
  if (error.name === "TimeoutError") return "timeout";
  const { code } = error as { code?: unknown };
  const known = typeof code === "string" ? typeOfCode(code) : undefined;
  if (known !== undefined) return known;
  const inner = error instanceof AggregateError ? (error.errors[0] as unknown) : error.cause;
  return inner === undefined ? "_OTHER" : typeOf(inner, depth + 1);
}

function typeOfCode(code: string): string | undefined {
  if (Object.hasOwn(TYPES, code)) return TYPES[code];
  if (code.startsWith("HPE_") || code.startsWith("ERR_HTTP2_")) return "protocol_error";
  return code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_") ? "tls_failure" : undefined;
}

function isType(type: unknown): boolean {
  return typeof type === "string" && (type === "_OTHER" || /^[a-z][a-z0-9_]{0,63}$/.test(type));
}
