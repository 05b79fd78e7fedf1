import type { Socket } from "node:net";
import { createServer, type TlsOptions } from "node:tls";
import { beforeAll, describe, expect, it } from "vitest";
import { tlsProbe } from "../../../src/probe/probes/tls.ts";
import { certificateValidator } from "../../../src/probe/validators/certificate.ts";
import { type Certificates, makeCertificates } from "../../setup/certificates.ts";
import { ask, hostPort, listen, LOOPBACKS, patience, tcpServer, verdict } from "./harness.ts";

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});

const DAY_MS = 86_400_000;

async function serve(options: TlsOptions, host?: string): Promise<number> {
  const server = createServer(options);
  server.on("tlsClientError", () => undefined);
  return listen(server, host);
}

describe.each(LOOPBACKS)("over %s", (host) => {
  it("passes a trusted certificate, and says what it holds", async () => {
    const port = await serve(certificates.good, host);
    const result = await ask(tlsProbe({ tls: { ca: certificates.ca.cert } }), hostPort(host, port));
    expect(verdict(result)).toBe("pass");
    const { tls } = result.details!;
    expect(tls).toMatchObject({ protocol: "TLSv1.3", trusted: true });
    expect(tls!.cipher).toMatch(/^TLS_/);
    expect(tls!.chain.map(({ subject }) => subject)).toEqual(["CN=good,O=Taskmon tests"]);
    expect(tls!.chain[0]!.fingerprint256).toMatch(/^[0-9a-f]{64}$/);
    expect(tls!.chain[0]!.issuer).toBe("CN=Test authority,O=Taskmon tests");
    const lifeMs = result.certificate!.leafNotAfterMs - Date.now();
    expect(lifeMs).toBeGreaterThan(99 * DAY_MS);
    expect(lifeMs).toBeLessThanOrEqual(100 * DAY_MS);
    expect(Object.keys(result.phasesMs!)).toEqual(["dns", "connect", "tls"]);
  });
});

it.each([
  ["expired", "certificate_expired"],
  ["otherName", "certificate_name_mismatch"],
  ["selfSigned", "certificate_untrusted"],
] as const)("fails the certificate %s as %s, and says when it expires", async (kind, type) => {
  const port = await serve(certificates[kind]);
  const result = await ask(
    tlsProbe({ tls: { ca: certificates.ca.cert } }),
    hostPort("localhost", port),
  );
  expect(verdict(result)).toBe(type);
  expect(result.details?.tls?.trusted).toBe(false);
  const expired = result.certificate!.leafNotAfterMs < Date.now();
  expect(expired).toBe(kind === "expired");
});

it("compares the certificate with the name that it is given", async () => {
  const port = await serve(certificates.otherName);
  const tls = { ca: certificates.ca.cert, serverName: "other.test" };
  expect(verdict(await ask(tlsProbe({ tls }), hostPort("127.0.0.1", port)))).toBe("pass");
});

it("fails a certificate that expires too soon", async () => {
  const port = await serve(certificates.good);
  const judged = (days: number): ReturnType<typeof tlsProbe> =>
    tlsProbe({
      tls: { ca: certificates.ca.cert },
      validators: [certificateValidator({ minLifetimeMs: days * DAY_MS })],
    });
  expect(verdict(await ask(judged(14), hostPort("127.0.0.1", port)))).toBe("pass");
  const result = await ask(judged(365), hostPort("127.0.0.1", port));
  expect(verdict(result)).toBe("validation_failed");
  expect(result.error?.message).toMatch(
    /a certificate expires in (?:100|99\.9) days, less than 365 days/,
  );
});

it("fails a server that offers none of the protocols", async () => {
  const { good, ca } = certificates;
  const tls = { ca: ca.cert };
  const h2 = await serve({ ...good, ALPNProtocols: ["h2"] });
  expect(verdict(await ask(tlsProbe({ tls, alpn: ["h2"] }), hostPort("127.0.0.1", h2)))).toBe(
    "pass",
  );
  const none = await serve(good);
  const result = await ask(tlsProbe({ tls, alpn: ["h2"] }), hostPort("127.0.0.1", none));
  expect(verdict(result)).toBe("tls_failure");
});

it("fails where versions do not meet", async () => {
  const port = await serve({ ...certificates.good, maxVersion: "TLSv1.2" });
  const tls = { ca: certificates.ca.cert, minVersion: "TLSv1.3" as const };
  const result = await ask(tlsProbe({ tls }), hostPort("127.0.0.1", port));
  expect(verdict(result)).toBe("tls_failure");
  expect(result.error?.message).toMatch(/^The TLS handshake failed: .*protocol version/);
});

describe.each(LOOPBACKS)("a server on %s that misbehaves", (host) => {
  const cases: readonly [name: string, serve: (socket: Socket) => void, type: string][] = [
    ["speaks no TLS", (socket) => void socket.end("220 hi\r\n"), "tls_failure"],
    ["says nothing", () => undefined, "timeout"],
    ["closes at once", (socket) => void socket.end(), "connection_closed"],
    ["resets", (socket) => void socket.once("data", () => socket.resetAndDestroy()), "ECONNRESET"],
  ];
  it.each(cases)("that %s fails", async (_name, onConnection, type) => {
    const port = await tcpServer(onConnection, host);
    const result = await ask(tlsProbe(), hostPort(host, port), patience(type));
    expect(verdict(result)).toBe(type);
  });
});
