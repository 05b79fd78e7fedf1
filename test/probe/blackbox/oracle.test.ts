import { createServer as createHttpServer } from "node:http";
import { createServer as createH2cServer, createSecureServer } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createTlsServer } from "node:tls";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { blackboxResponder } from "../../../src/probe/blackbox/handler.ts";
import type { Answer, Respond } from "../../../src/serve/answer.ts";
import { type Blackbox, startBlackbox } from "../../setup/blackbox.ts";
import { type Certificates, makeCertificates } from "../../setup/certificates.ts";
import { grpcHealth } from "../../setup/grpc-health.ts";
import { startNameServers } from "./name-servers.ts";

// What our /probe answers, beside what blackbox_exporter 0.23 answers for the same modules and targets.

const servers: Server[] = [];
const targets: Record<string, string> = {};
let oracle: Blackbox;
let ours: Respond;

async function serve(
  name: string,
  server: Server,
  format = (port: number) => `127.0.0.1:${port}`,
): Promise<void> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  servers.push(server);
  targets[name] = format((server.address() as AddressInfo).port);
}

beforeAll(async () => {
  const certificates = makeCertificates();
  await startTargets(certificates);
  const config = { modules: modules(certificates) };
  oracle = await startBlackbox(config);
  ours = blackboxResponder({
    modules: config,
    allow: ["localhost", "127.0.0.0/8", "nowhere.invalid", "nowhere"],
  });
});
afterAll(() => {
  for (const server of servers) {
    (server as Partial<{ closeAllConnections(): void }>).closeAllConnections?.();
    server.close();
  }
});

const cases: readonly [module: string, target: string][] = [
  ...[
    "ok",
    "notFound",
    "gzip",
    "redirect",
    "redirectLoop",
    "cookies",
    "nothing",
    "refused",
    "unknown",
    "half",
    "ssh",
    "chunked",
  ].map((target): [string, string] => ["http", target]),
  ...[
    "http404",
    "noRedirects",
    "bodyMatches",
    "bodyNotMatches",
    "headerMatches",
    "headerNotMatches",
    "headerMissing",
    "http1",
    "http2only",
    "notSsl",
    "post",
    "basic",
    "small",
    "decompress",
    "decompress4",
  ].map((module): [string, string] => [module, "ok"]),
  ...[
    ["noRedirects", "redirect"],
    ["http404", "notFound"],
    ["bodyNotMatches", "notFound"],
    ["decompress", "gzip"],
    ["http4", "ok"],
    ["http6only", "ok"],
    ["httpHeaders", "ok"],
  ].map(([module, target]): [string, string] => [module!, target!]),
  ...["https", "h2", "expired", "otherName", "selfSigned"].flatMap((target): [string, string][] => [
    ["httpTls", target],
    ["httpUnverified", target],
  ]),
  ["isSsl", "https"],
  ["httpNoH2", "h2"],
  ...["echo", "refused", "unknown", "nothing"].map((target): [string, string] => ["tcp", target]),
  ...[
    ["tcpBanner", "echo"],
    ["tcpNoBanner", "echo"],
    ["tcpTalk", "echo"],
    ["tcpTls", "tls"],
    ["tcpTls", "tlsExpired"],
    ["tcpUnverified", "tlsExpired"],
    ["tcpTls", "echo"],
    ["tcpStartTls", "echo"],
  ].map(([module, target]): [string, string] => [module!, target!]),
  ...[
    "dnsA",
    "dnsMx",
    "dnsSoa",
    "dnsTxt",
    "dnsGone",
    "dnsGoneAllowed",
    "dnsMatch",
    "dnsNoMatch",
    "dnsAll",
    "dnsNone",
    "dnsEmpty",
    "dnsTcp",
    "dnsTls",
    "dnsBroken",
  ].map((module): [string, string] => [
    module,
    module === "dnsTcp" ? "dnsTcp" : module === "dnsTls" ? "dnsTls" : "dns",
  ]),
  ["dnsA", "refused"],
  ...["grpc", "grpcService", "grpcDown", "grpcNobody"].map((module): [string, string] => [
    module,
    "grpc",
  ]),
  ...["grpcTls", "grpcUnverified"].map((module): [string, string] => [module, "grpcTls"]),
  ["icmp", "loopback"],
];

it.each(cases)("%s of %s", async (module, name) => {
  const target = targets[name]!;
  const [theirs, answer] = await Promise.all([
    oracle.probe(module, target),
    probeOurs(module, target),
  ]);
  expect(answer.status).toBe(200);
  expect(comparable(answer.body)).toEqual(comparable(theirs));
});

it("answers a target without a port, an unknown module and a missing target as it does", async () => {
  for (const query of [
    "module=tcp&target=nowhere",
    "module=none&target=x",
    "module=http&target=",
    "target=x&module=",
  ]) {
    const theirs = await fetch(`${oracle.url}/probe?${query}`);
    const answer = (await ours(asked(query)))!;
    expect([query, answer.status]).toEqual([query, theirs.status]);
    const text = await theirs.text();
    if (answer.status === 200) expect(comparable(answer.body)).toEqual(comparable(text));
    else expect(answer.body).toBe(text);
  }
});

function asked(query: string): Parameters<Respond>[0] {
  return { method: "GET", path: "/probe", query, header: () => undefined,
    text: async () => "", request: undefined };
}

async function probeOurs(module: string, target: string): Promise<Answer> {
  return (await ours(asked(new URLSearchParams({ module, target }).toString())))!;
}

/** The lines of an answer, times without their values, sorted. */
function comparable(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("# HELP"))
    .map((line) => {
      if (line.startsWith("#")) return line;
      const [, series = "", value] = /^(.*) (\S+)$/.exec(line) ?? [];
      const isTime = /_duration_seconds|_lookup_time_seconds/.test(series);
      return isTime ? series : `${series} ${Number(value)}`;
    })
    .toSorted();
}

function modules({ ca }: Certificates): Record<string, object> {
  const trusted = { tls_config: { ca_file: ca.certFile } };
  const unverified = { tls_config: { insecure_skip_verify: true } };
  const http = (options: object = {}): object => ({ prober: "http", timeout: "2s", http: options });
  const tcp = (options: object = {}): object => ({ prober: "tcp", timeout: "2s", tcp: options });
  const dns = (options: object): object => ({
    prober: "dns",
    timeout: "2s",
    dns: { query_name: "here.test", query_type: "A", ...options },
  });
  const grpc = (options: object = {}): object => ({
    prober: "grpc",
    timeout: "2s",
    grpc: { ip_protocol_fallback: true, ...options },
  });
  return {
    http: http(),
    http404: http({ valid_status_codes: [404] }),
    noRedirects: http({ follow_redirects: false }),
    bodyMatches: http({ fail_if_body_matches_regexp: ["(?i)HELLO"] }),
    bodyNotMatches: http({ fail_if_body_not_matches_regexp: ["^hello", "nothing"] }),
    headerMatches: http({ fail_if_header_matches: [{ header: "x-kind", regexp: "^test$" }] }),
    headerNotMatches: http({
      fail_if_header_not_matches: [{ header: "X-Kind", regexp: "^prod$" }],
    }),
    headerMissing: http({ fail_if_header_matches: [{ header: "X-None", regexp: "x" }] }),
    http1: http({ valid_http_versions: ["HTTP/1.1"] }),
    http2only: http({ valid_http_versions: ["HTTP/2.0"] }),
    notSsl: http({ fail_if_not_ssl: true }),
    isSsl: http({ fail_if_ssl: true, ...trusted }),
    post: http({ method: "POST", body: "{}", headers: { "Content-Type": "application/json" } }),
    basic: http({ basic_auth: { username: "u", password: "p" } }),
    small: http({ body_size_limit: "3B" }),
    decompress: http({ compression: "gzip", headers: { "Accept-Encoding": "gzip" } }),
    decompress4: http({ compression: "identity" }),
    http4: http({ preferred_ip_protocol: "ip4" }),
    http6only: http({ preferred_ip_protocol: "ip6", ip_protocol_fallback: false }),
    httpHeaders: http({ headers: { Host: "shop.test", "X-A": "b" } }),
    httpTls: http(trusted),
    httpUnverified: http(unverified),
    httpNoH2: http({ enable_http2: false, ...trusted }),
    tcp: tcp(),
    tcpBanner: tcp({ query_response: [{ expect: "^SSH-2.0-" }] }),
    tcpNoBanner: tcp({ query_response: [{ expect: "^220 " }] }),
    tcpTalk: tcp({
      query_response: [
        { expect: "^SSH-2.0-(\\w+)", send: "HELLO ${1}" },
        { expect: "^got HELLO test$" },
      ],
    }),
    tcpTls: tcp({ tls: true, ...trusted }),
    tcpUnverified: tcp({ tls: true, ...unverified }),
    tcpStartTls: tcp({ query_response: [{ expect: "^SSH" }, { starttls: true }], ...unverified }),
    dnsA: dns({}),
    dnsMx: dns({ query_type: "MX" }),
    dnsSoa: dns({ query_type: "SOA" }),
    dnsTxt: dns({
      query_type: "TXT",
      validate_answer_rrs: { fail_if_not_matches_regexp: ['TXT\\t"one" "two"'] },
    }),
    dnsGone: dns({ query_name: "gone.test" }),
    dnsGoneAllowed: dns({ query_name: "gone.test", valid_rcodes: ["NXDOMAIN"] }),
    dnsMatch: dns({ validate_answer_rrs: { fail_if_matches_regexp: [".*192.0.2.1"] } }),
    dnsNoMatch: dns({ validate_answer_rrs: { fail_if_not_matches_regexp: ["192.0.2.1"] } }),
    dnsAll: dns({ validate_answer_rrs: { fail_if_all_match_regexp: ["192.0.2"] } }),
    dnsNone: dns({
      validate_answer_rrs: {
        fail_if_none_matches_regexp: ["here.test.\\t60\\tIN\\tA\\t192.0.2.2"],
      },
    }),
    dnsEmpty: dns({ validate_authority_rrs: { fail_if_none_matches_regexp: ["x"] } }),
    dnsTcp: dns({ transport_protocol: "tcp" }),
    dnsTls: dns({
      transport_protocol: "tcp",
      dns_over_tls: true,
      tls_config: { ca_file: ca.certFile },
    }),
    dnsBroken: dns({ query_name: "broken.test", recursion_desired: false }),
    grpc: grpc(),
    grpcService: grpc({ service: "up" }),
    grpcDown: grpc({ service: "down" }),
    grpcNobody: grpc({ service: "nobody" }),
    grpcTls: grpc({ tls: true, ...trusted }),
    grpcUnverified: grpc({ tls: true, ...unverified }),
    icmp: { prober: "icmp", timeout: "2s", icmp: {} },
  };
}

async function startTargets(certificates: Certificates): Promise<void> {
  const { good, expired, otherName, selfSigned } = certificates;
  const lastModified = new Date(1_700_000_000_000).toUTCString();
  await serve(
    "ok",
    createHttpServer((request, response) => {
      response.writeHead(200, {
        "x-kind": "test",
        "last-modified": lastModified,
        "content-length": 5,
      });
      response.end(request.method === "HEAD" ? undefined : "hello");
    }),
  );
  await serve(
    "notFound",
    createHttpServer((_request, response) => void response.writeHead(404).end("not here")),
  );
  await serve(
    "chunked",
    createHttpServer((_request, response) => {
      response.write("a");
      response.end("b");
    }),
  );
  await serve(
    "gzip",
    createHttpServer((_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("hello ".repeat(100)));
    }),
  );
  await serve(
    "redirect",
    createHttpServer((request, response) => {
      if (request.url === "/there") response.end("there");
      else response.writeHead(302, { location: "/there" }).end();
    }),
  );
  await serve(
    "redirectLoop",
    createHttpServer((_request, response) => void response.writeHead(302, { location: "/" }).end()),
  );
  await serve(
    "cookies",
    createHttpServer((request, response) => {
      if (request.headers.cookie === "a=b") response.end("in");
      else response.writeHead(302, { location: "/", "set-cookie": "a=b; Path=/" }).end();
    }),
  );
  await serve(
    "nothing",
    createTcpServer((socket) => void socket.on("error", () => undefined).resume()),
  );
  await serve(
    "half",
    createTcpServer((socket) => {
      socket
        .on("error", () => undefined)
        .once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello"));
    }),
  );
  await serve(
    "ssh",
    createTcpServer((socket) => void socket.on("error", () => undefined).end("SSH-2.0-test\r\n")),
  );
  await serve(
    "echo",
    createTcpServer((socket) => {
      socket.on("error", () => undefined).write("SSH-2.0-test banner\r\n");
      socket.once("data", (data) => socket.end(`got ${data.toString()}`));
    }),
  );
  const https = (port: number): string => `https://localhost:${port}`;
  const hello = (_request: unknown, response: { end(text: string): unknown }): void =>
    void response.end("hello");
  await serve("https", createHttpsServer(good, hello), https);
  await serve("h2", createSecureServer(good, hello), https);
  await serve("expired", createHttpsServer(expired, hello), https);
  await serve("otherName", createHttpsServer(otherName, hello), https);
  await serve("selfSigned", createHttpsServer(selfSigned, hello), https);
  const local = (port: number): string => `localhost:${port}`;
  await serve("tls", createTlsServer(good), local);
  await serve("tlsExpired", createTlsServer(expired), local);
  const grpc = createH2cServer();
  grpc.on("stream", grpcHealth({ "": 1, up: 1, down: 2 }));
  await serve("grpc", grpc);
  const grpcTls = createSecureServer(good);
  grpcTls.on("stream", grpcHealth({ "": 1 }));
  await serve("grpcTls", grpcTls, local);
  const { ports, close } = await startNameServers(good);
  servers.push({ close } as unknown as Server);
  for (const [name, port] of Object.entries(ports)) targets[name] = `127.0.0.1:${port}`;
  Object.assign(targets, {
    refused: "127.0.0.1:1",
    unknown: "nowhere.invalid:80",
    loopback: "127.0.0.1",
  });
}
