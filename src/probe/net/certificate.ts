import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { ProbeResult } from "../contract.ts";
import { ProbeError } from "../errors.ts";

/** The contents of a certificate. */
export interface CertificateDetails {
  /** As one line: `CN=example.org`. */
  readonly subject: string;
  readonly issuer: string;
  /** As OpenSSL writes it: `DNS:example.org, IP Address:127.0.0.1`. */
  readonly subjectAltName?: string;
  /** SHA-256 of the certificate in lower-case hex. */
  readonly fingerprint256: string;
  readonly serialNumber: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** The TLS properties of a connection. */
export interface TlsDetails {
  /** `TLSv1.3` */
  readonly protocol: string;
  /** The IANA name: `TLS_AES_128_GCM_SHA256`. */
  readonly cipher: string;
  /** The negotiated protocol: `h2`. Absent if none was negotiated. */
  readonly alpn?: string;
  /** Whether the chain leads to a trusted authority, and the name matches. */
  readonly trusted: boolean;
  /** Why it is not trusted: OpenSSL's code, such as `CERT_HAS_EXPIRED`. */
  readonly problem?: string;
  /** The certificates that the server sent, its own first. */
  readonly chain: readonly CertificateDetails[];
}

/** The most certificates that we read: the server decides how long the chain is. */
const MAX_CHAIN = 10;

/** The TLS properties of a socket after its handshake. */
export function tlsDetails(socket: TLSSocket): TlsDetails {
  const chain: CertificateDetails[] = [];
  const seen = new Set<string>();
  let certificate = socket.getPeerX509Certificate();
  while (certificate !== undefined && chain.length < MAX_CHAIN) {
    if (seen.has(certificate.fingerprint256)) break;
    seen.add(certificate.fingerprint256);
    chain.push(certificateDetails(certificate));
    certificate = certificate.issuerCertificate;
  }
  const { standardName, name } = socket.getCipher();
  const problem = socket.authorized ? undefined : String(socket.authorizationError);
  return {
    protocol: socket.getProtocol() ?? "unknown",
    cipher: standardName ?? name,
    ...(socket.alpnProtocol && { alpn: socket.alpnProtocol }),
    trusted: problem === undefined,
    ...(problem !== undefined && { problem }),
    chain,
  };
}

/** When the certificates expire, for results and validators; undefined without one. */
export function certificateOf({ chain }: TlsDetails): ProbeResult["certificate"] {
  const [leaf] = chain;
  if (leaf === undefined) return undefined;
  return {
    leafNotAfterMs: leaf.notAfterMs,
    chainNotAfterMs: Math.min(...chain.map(({ notAfterMs }) => notAfterMs)),
  };
}

/** Why a certificate is rejected; undefined if it is trusted. */
export function certificateError({ problem, chain }: TlsDetails): ProbeError | undefined {
  if (problem === undefined) return undefined;
  const [leaf] = chain;
  switch (problem) {
    case "CERT_HAS_EXPIRED": {
      const expired = chain.find(({ notAfterMs }) => notAfterMs < Date.now()) ?? leaf;
      const when = expired === undefined ? "" : ` on ${new Date(expired.notAfterMs).toISOString()}`;
      return new ProbeError("certificate_expired", `The certificate expired${when}`);
    }
    case "ERR_TLS_CERT_ALTNAME_INVALID":
    case "HOSTNAME_MISMATCH":
      return new ProbeError(
        "certificate_name_mismatch",
        `The certificate is for ${leaf?.subjectAltName ?? leaf?.subject ?? "another name"}`,
      );
    default:
      return new ProbeError("certificate_untrusted", `The certificate is not trusted: ${problem}`);
  }
}

function certificateDetails(certificate: X509Certificate): CertificateDetails {
  const { subjectAltName } = certificate;
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    ...(subjectAltName !== undefined && { subjectAltName }),
    fingerprint256: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
    serialNumber: certificate.serialNumber,
    notBeforeMs: Date.parse(certificate.validFrom),
    notAfterMs: Date.parse(certificate.validTo),
  };
}

/** Node.js returns a name as lines, the most general part first. RFC 4514 has the most specific part first. */
function oneLine(name: string): string {
  return name.split("\n").toReversed().join(",");
}
