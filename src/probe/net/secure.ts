import { once } from "node:events";
import { isIP, type Socket } from "node:net";
import { connect, type ConnectionOptions, type SecureVersion, type TLSSocket } from "node:tls";
import { ProbeError } from "../errors.ts";
import { certificateError, type TlsDetails, tlsDetails } from "./certificate.ts";
import { closedEarly, speaksOver } from "./connect.ts";
import type { Phases } from "./phases.ts";

/** TLS options. Names are those of `tls.connect`, except where noted. */
export interface ProbeTlsOptions {
  /** The server name to request; the certificate must be valid for it. @default the target's host */
  readonly serverName?: string;
  /** Trusted certificate authorities, in PEM. @default those of Node.js */
  readonly ca?: string | Buffer | (string | Buffer)[];
  /** The client certificate, in PEM. @default none */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly passphrase?: string;
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
  readonly ciphers?: string;
  /**
   * Whether the probe fails if the certificate is not trusted, has expired or has another name. The details of the
   * result report such problems in any case. @default true
   */
  readonly verify?: boolean;
}

/** The keys of {@link ProbeTlsOptions}. */
export const TLS_KEYS: readonly (keyof ProbeTlsOptions)[] = [
  ...(["serverName", "ca", "cert", "key", "passphrase"] as const),
  ...(["minVersion", "maxVersion", "ciphers", "verify"] as const),
];

/** The result of a TLS handshake. */
export interface SecureConnection {
  readonly socket: TLSSocket;
  readonly details: TlsDetails;
}

/**
 * Makes the TLS handshake over an open connection, as the phase `tls`. No application data has been sent when it
 * returns. It accepts every certificate; check it with {@link refusedCertificate}.
 */
export async function secure(
  over: Socket,
  host: string,
  options: ProbeTlsOptions & { readonly alpn?: readonly string[] },
  phases: Phases,
  signal: AbortSignal,
): Promise<SecureConnection> {
  signal.throwIfAborted();
  phases.begin("tls");
  const { serverName = host, verify: _, alpn, ...rest } = options;
  const bare = serverName.replace(/%.*/, "");
  const socket = connect({
    ...rest,
    socket: over,
    // The name that the certificate is compared with; an address is never sent as a name (RFC 6066).
    host: bare,
    ...(isIP(bare) === 0 && { servername: bare }),
    ...(alpn !== undefined && { ALPNProtocols: [...alpn] }),
    // So that we can inspect every certificate. We check the result before we send anything.
    rejectUnauthorized: false,
  } satisfies ConnectionOptions);
  socket.on("error", () => undefined);
  speaksOver(over, socket);
  const closed = new AbortController();
  const onClose = (): void => closed.abort(closedEarly("the TLS handshake ended"));
  socket.once("close", onClose);
  try {
    await once(socket, "secureConnect", { signal: AbortSignal.any([signal, closed.signal]) });
  } catch (error) {
    socket.destroy();
    throw handshakeError(error, closed.signal);
  } finally {
    socket.off("close", onClose);
  }
  phases.end();
  return { socket, details: tlsDetails(socket) };
}

/** Why the certificate of a connection fails the probe; undefined if it does not. */
export function refusedCertificate(
  details: TlsDetails,
  { verify = true }: ProbeTlsOptions,
): ProbeError | undefined {
  return verify ? certificateError(details) : undefined;
}

/** Maps OpenSSL's many errors to `tls_failure`. Errors of the TCP connection keep their own types. */
function handshakeError(error: unknown, closed: AbortSignal): unknown {
  if (closed.aborted && (error as Error).name === "AbortError") return closed.reason;
  const { code = "", message, syscall } = error as NodeJS.ErrnoException;
  // Node.js reports this code also if the other side ended the connection gracefully.
  if (code === "ECONNRESET" && syscall === undefined) return closedEarly("the TLS handshake ended");
  if (!code.startsWith("ERR_SSL_") && code !== "EPROTO") return error;
  return new ProbeError("tls_failure", `The TLS handshake failed: ${reasonOf(message)}`, {
    cause: error,
  });
}

/** The sentence in `…:error:0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:…`. */
function reasonOf(message: string): string {
  return /:SSL routines:[^:]*:([^:]+)/.exec(message)?.[1] ?? message.slice(0, 200);
}
