import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { certificateOf, type TlsDetails } from "../net/certificate.ts";
import { type ProbeTlsOptions, refusedCertificate, secure } from "../net/secure.ts";
import type { Attempt } from "./attempt.ts";

/** Makes the TLS handshake, and throws if the certificate is rejected. */
export async function upgrade(
  run: Attempt<{ tls?: TlsDetails }>,
  socket: Socket,
  host: string,
  options: ProbeTlsOptions & { readonly alpn?: readonly string[] },
): Promise<TLSSocket> {
  const secured = await secure(socket, host, options, run.phases, run.signal);
  run.details.tls = secured.details;
  run.certificate = certificateOf(secured.details);
  const refused = refusedCertificate(secured.details, options);
  if (refused !== undefined) throw refused;
  return secured.socket;
}
