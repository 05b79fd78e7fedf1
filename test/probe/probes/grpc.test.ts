import {
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { beforeAll, describe, expect, it } from "vitest";
import { grpcProbe } from "../../../src/probe/probes/grpc.ts";
import { type Certificates, makeCertificates } from "../../setup/certificates.ts";
import { grpcHealth, healthMessage } from "../../setup/grpc-health.ts";
import { freePort } from "../../setup/servers.ts";
import { ask, hostPort, listen, LOOPBACKS, patience, tcpServer, verdict } from "./harness.ts";

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});

const STATES = { "": 1, up: 1, down: 2, odd: 0 };

async function serve(
  onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
  host?: string,
): Promise<number> {
  const server = createServer();
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    onStream(stream, headers);
  });
  return listen(server, host);
}

describe.each(LOOPBACKS)("over %s", (host) => {
  it("passes a server that says SERVING", async () => {
    const port = await serve(grpcHealth(STATES), host);
    const result = await ask(grpcProbe(), hostPort(host, port));
    expect(verdict(result)).toBe("pass");
    expect(result.details).toEqual({
      ...{ address: host, family: host === "::1" ? 6 : 4, grpcStatus: 0, servingStatus: "SERVING" },
    });
  });

  it("fails where nothing listens", async () => {
    expect(verdict(await ask(grpcProbe(), hostPort(host, await freePort())))).toBe("ECONNREFUSED");
  });
});

it.each([
  ["Check", "up", "pass", 0, "SERVING"],
  ["Check", "down", "unexpected_answer", 0, "NOT_SERVING"],
  ["Check", "odd", "unexpected_answer", 0, "UNKNOWN"],
  ["Check", "nobody", "unexpected_answer", 5, undefined],
  ["Watch", "up", "pass", 0, "SERVING"],
  ["Watch", "nobody", "unexpected_answer", 0, "SERVICE_UNKNOWN"],
] as const)("%s of the service %j: %s", async (method, service, expected, grpcStatus, serving) => {
  const port = await serve(grpcHealth(STATES));
  const result = await ask(grpcProbe({ method, service }), hostPort("127.0.0.1", port));
  expect(verdict(result)).toBe(expected);
  expect(result.details?.grpcStatus).toBe(grpcStatus);
  expect(result.details?.servingStatus).toBe(serving);
});

it("says the status by name, and the server's message", async () => {
  const port = await serve((stream) => {
    stream.respond(
      { ":status": 200, "grpc-status": "16", "grpc-message": "who%20are you" },
      { endStream: true },
    );
  });
  const { error } = await ask(grpcProbe(), hostPort("127.0.0.1", port));
  expect(error?.message).toBe("It answered UNAUTHENTICATED: who are you");
});

it("sends metadata and the name of the server", async () => {
  let seen: IncomingHttpHeaders = {};
  const port = await serve((stream, headers) => {
    seen = headers;
    grpcHealth(STATES)(stream, headers);
  });
  const probe = grpcProbe({ metadata: { authorization: "Bearer x" }, authority: "health.test" });
  expect(verdict(await ask(probe, hostPort("127.0.0.1", port)))).toBe("pass");
  expect(seen).toMatchObject({
    authorization: "Bearer x",
    ":authority": "health.test",
    te: "trailers",
  });
});

it("speaks TLS", async () => {
  const server = createSecureServer(certificates.good);
  server.on("stream", grpcHealth(STATES));
  const target = hostPort("localhost", await listen(server));
  const result = await ask(grpcProbe({ tls: { ca: certificates.ca.cert } }), target);
  expect(verdict(result)).toBe("pass");
  expect(result.details?.tls).toMatchObject({ trusted: true, alpn: "h2" });
  expect(verdict(await ask(grpcProbe({ tls: true }), target))).toBe("certificate_untrusted");
});

describe.each(LOOPBACKS)("a server on %s that misbehaves", (host) => {
  const raw = (bytes: string | Buffer) => (stream: ServerHttp2Stream) => {
    stream.respond(
      { ":status": 200, "content-type": "application/grpc" },
      { waitForTrailers: true },
    );
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(bytes);
  };
  const cases: readonly [
    name: string,
    onStream: (stream: ServerHttp2Stream) => void,
    type: string,
  ][] = [
    ["says nothing", () => undefined, "timeout"],
    [
      "answers no gRPC",
      (stream) => {
        stream.respond({ ":status": 404 });
        stream.end("not found");
      },
      "protocol_error",
    ],
    ["sends another message", raw(Buffer.from("000000000212ff", "hex")), "protocol_error"],
    ["sends a compressed message", raw(Buffer.from("010000000008", "hex")), "protocol_error"],
    ["sends half a message", raw(Buffer.from("00000000", "hex")), "unexpected_answer"],
    ["resets the stream", (stream) => stream.close(2), "protocol_error"],
    [
      "never stops",
      (stream) => {
        stream.respond({ ":status": 200 });
        const more = (): void => {
          while (!stream.destroyed && stream.write(Buffer.alloc(16_384)));
        };
        stream.on("drain", more);
        more();
      },
      "too_large",
    ],
    [
      "sends a state a byte at a time",
      (stream) => {
        stream.respond({ ":status": 200 });
        stream.write(healthMessage(1).subarray(0, 3));
      },
      "timeout",
    ],
  ];
  it.each(cases)("that %s fails", async (_name, onStream, type) => {
    const port = await serve(onStream, host);
    const result = await ask(grpcProbe(), hostPort(host, port), patience(type));
    expect(verdict(result)).toBe(type);
  });

  it("that speaks no HTTP/2 fails", async () => {
    const port = await tcpServer((socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const result = await ask(grpcProbe(), hostPort("127.0.0.1", port));
    expect(verdict(result)).toMatch(/protocol_error|connection_closed/);
  });
});
