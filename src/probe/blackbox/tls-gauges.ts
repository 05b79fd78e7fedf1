import type { CertificateDetails, TlsDetails } from "../net/certificate.ts";
import type { ProbeResult } from "../contract.ts";
import { type Gauge, gauge, info } from "./gauges.ts";

/** Go's zero time, the exporter's value for a chain that was not verified. */
const GO_ZERO_TIME_S = -62_135_596_800;

const VERSIONS: Readonly<Record<string, string>> = {
  ...{ TLSv1: "TLS 1.0", "TLSv1.1": "TLS 1.1", "TLSv1.2": "TLS 1.2", "TLSv1.3": "TLS 1.3" },
};

/**
 * The metrics of a TLS connection; empty without one. blackbox_exporter reports nothing about a certificate
 * that fails the verification.
 */
export function tlsGauges(
  { error }: ProbeResult,
  tls: TlsDetails | undefined,
  options: { readonly verify: boolean; readonly lastChain?: boolean },
): readonly Gauge[] {
  const leaf = tls?.chain[0];
  if (tls === undefined || leaf === undefined) return [];
  if (options.verify && error !== undefined && !tls.trusted) return [];
  const verified = options.verify && tls.trusted;
  const earliestS = Math.min(...tls.chain.map(({ notAfterMs }) => notAfterMs)) / 1_000;
  return [
    gauge("probe_ssl_earliest_cert_expiry", "Returns last SSL chain expiry in unixtime", earliestS),
    ...(options.lastChain === false
      ? []
      : [
          gauge(
            "probe_ssl_last_chain_expiry_timestamp_seconds",
            "Returns last SSL chain expiry in timestamp",
            verified ? earliestS : GO_ZERO_TIME_S,
          ),
        ]),
    info("probe_ssl_last_chain_info", "Contains SSL leaf certificate information", {
      fingerprint_sha256: leaf.fingerprint256,
      issuer: leaf.issuer,
      subject: leaf.subject,
      subjectalternative: dnsNames(leaf).join(","),
    }),
    info("probe_tls_version_info", "Returns the TLS version used or NaN when unknown", {
      version: VERSIONS[tls.protocol] ?? "unknown",
    }),
  ];
}

function dnsNames({ subjectAltName = "" }: CertificateDetails): string[] {
  return [...subjectAltName.matchAll(/DNS:("(?:[^"\\]|\\.)*"|[^,]+)/g)].map(([, name]) => name!);
}
