import { createServer as createHttpServer } from "node:http";
import { createServer as createHttp2Server, createSecureServer } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { beforeAll, describe, inject, it } from "vitest";
import type { Probe, Target } from "../../../src/probe/contract.ts";
import { dnsProbe } from "../../../src/probe/probes/dns.ts";
import { execProbe } from "../../../src/probe/probes/exec.ts";
import { functionProbe } from "../../../src/probe/probes/function.ts";
import { grpcProbe } from "../../../src/probe/probes/grpc.ts";
import { httpProbe } from "../../../src/probe/probes/http.ts";
import { pingProbe } from "../../../src/probe/probes/ping.ts";
import { postgresProbe } from "../../../src/probe/probes/postgres.ts";
import { redisProbe } from "../../../src/probe/probes/redis.ts";
import { tcpProbe } from "../../../src/probe/probes/tcp.ts";
import { tlsProbe } from "../../../src/probe/probes/tls.ts";
import { targetOf } from "../../../src/probe/target.ts";
import { statusValidator } from "../../../src/probe/validators/status.ts";
import { probeLaws, type ProbeSubject } from "../../../src/testing/probe-laws.ts";
import { type Certificates, makeCertificates } from "../../setup/certificates.ts";
import { grpcHealth } from "../../setup/grpc-health.ts";
import { addresses, FLAGS, tcpNameServer, udpNameServer } from "../../setup/name-server.ts";
import { listen, tcpServer } from "./harness.ts";

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});

const at = (port: number): Target => targetOf(`127.0.0.1:${port}`);
const localhost = (port: number): Target => targetOf(`localhost:${port}`);
const silentServer = async (): Promise<Target> =>
  at(await tcpServer((socket) => void socket.resume()));
const refusing = at(1);

function laws(of: string, create: () => ProbeSubject | Promise<ProbeSubject>): void {
  describe.each([of])("%s", () => {
    probeLaws(it, { create });
  });
}

laws("tcp", async () => ({
  probe: tcpProbe({ steps: [{ expect: /^hi$/ }] }),
  healthy: at(await tcpServer((socket) => void socket.end("hi\n"))),
  failing: refusing,
  silent: await silentServer(),
}));

laws("tls", async () => ({
  probe: tlsProbe({ tls: { ca: certificates.ca.cert } }),
  healthy: localhost(await listen(createTlsServer(certificates.good))),
  failing: localhost(await listen(createTlsServer(certificates.expired))),
  silent: await silentServer(),
}));

const upOrDown = (url: string | undefined): number => (url === "/down" ? 500 : 200);

laws("http", async () => {
  const server = createHttpServer((request, response) => {
    response.writeHead(upOrDown(request.url)).end("body");
  });
  const base = `http://127.0.0.1:${await listen(server)}`;
  return {
    probe: httpProbe(),
    healthy: targetOf(`${base}/`),
    failing: targetOf(`${base}/down`),
    silent: await silentServer(),
  };
});

laws("http over TLS on kept connections", async () => {
  const server = createHttpsServer(certificates.good, (request, response) => {
    response.writeHead(upOrDown(request.url)).end("body");
  });
  const base = `https://localhost:${await listen(server)}`;
  return {
    probe: httpProbe({ connection: "kept", tls: { ca: certificates.ca.cert } }),
    healthy: targetOf(`${base}/`),
    failing: targetOf(`${base}/down`),
    silent: await silentServer(),
  };
});

laws("http/2", async () => {
  const server = createSecureServer(certificates.good, (request, response) => {
    response.writeHead(upOrDown(request.url)).end("body");
  });
  const base = `https://localhost:${await listen(server)}`;
  return {
    probe: httpProbe({ tls: { ca: certificates.ca.cert } }),
    healthy: targetOf(`${base}/`),
    failing: targetOf(`${base}/down`),
    silent: await silentServer(),
  };
});

const naming = () => ({ answers: addresses("here.test", "192.0.2.1") });

laws("dns over UDP", async () => ({
  probe: dnsProbe({ name: "here.test" }),
  healthy: at(await udpNameServer(naming)),
  failing: at(await udpNameServer(() => ({ flags: FLAGS.SERVFAIL }))),
  silent: at(await udpNameServer(() => undefined)),
}));

laws("dns over TLS", async () => ({
  probe: dnsProbe({ name: "here.test", transport: "tls", tls: { ca: certificates.ca.cert } }),
  healthy: at(await tcpNameServer(naming, { tls: certificates.good })),
  failing: refusing,
  silent: await silentServer(),
}));

laws("grpc", async () => {
  const serve = async (state: number): Promise<Target> => {
    const server = createHttp2Server();
    server.on("stream", grpcHealth({ "": state }));
    return at(await listen(server));
  };
  return {
    probe: grpcProbe(),
    healthy: await serve(1),
    failing: await serve(2),
    silent: await silentServer(),
  };
});

laws("exec", () => ({
  probe: execProbe({
    command: "/bin/sh",
    args: ["-c", 'case "$1" in ok) ;; slow) sleep 60 ;; *) exit 3 ;; esac', "sh", "@target.name@"],
  }),
  healthy: targetOf("ok"),
  failing: targetOf("bad"),
  silent: targetOf("slow"),
}));

/** The real program, but for one address, which nothing answers for: networks differ in what they answer. */
function pingOrSilence(): string {
  const path = join(inject("testRun").folder, "ping-or-silence");
  const script = '#!/bin/sh\ncase "$*" in *192.0.2.1) exec sleep 60 ;; esac\nexec ping "$@"\n';
  writeFileSync(path, script, { mode: 0o755 });
  return path;
}

laws("ping", () => ({
  probe: pingProbe({ command: pingOrSilence() }),
  healthy: targetOf("127.0.0.1"),
  // No name ends so (RFC 2606).
  failing: targetOf("nowhere.invalid"),
  silent: targetOf("192.0.2.1"),
}));

const answering = async ({ name }: Target): Promise<{ statusCode: number }> => {
  if (name === "silent") await new Promise(() => undefined);
  return { statusCode: name === "up" ? 200 : 500 };
};

laws("a function", () => ({
  probe: functionProbe(answering, { validators: [statusValidator("2xx")] }),
  healthy: targetOf({ name: "up" }),
  failing: targetOf({ name: "down" }),
  silent: targetOf({ name: "silent" }),
}));

/** A probe of one client serves one server: the laws need three. */
function byTarget(type: string, probes: Readonly<Record<string, Probe>>): Probe {
  return { type, run: (target, context) => probes[target.name]!.run(target, context) };
}

const client = async (answer: string | Error | undefined): Promise<unknown> => {
  if (answer === undefined) await new Promise(() => undefined);
  if (answer instanceof Error) throw answer;
  return answer;
};
const named = {
  healthy: targetOf({ name: "up" }),
  failing: targetOf({ name: "down" }),
  silent: targetOf({ name: "silent" }),
};

laws("redis", () => ({
  probe: byTarget("redis", {
    up: redisProbe({ ping: () => client("PONG") }),
    down: redisProbe({ ping: () => client("LOADING") }),
    silent: redisProbe({ ping: () => client(undefined) }),
  }),
  ...named,
}));

laws("postgres", () => ({
  probe: byTarget("postgres", {
    up: postgresProbe({ query: () => client("1") }),
    down: postgresProbe({ query: () => client(new Error("the database system is starting up")) }),
    silent: postgresProbe({ query: () => client(undefined) }),
  }),
  ...named,
}));
