import type { Socket } from "node:net";
import { createServer as createTlsServer, TLSSocket } from "node:tls";
import { beforeAll, describe, expect, it } from "vitest";
import { tcpProbe } from "../../../src/probe/probes/tcp.ts";
import { bodyValidator } from "../../../src/probe/validators/body.ts";
import { type Certificates, makeCertificates } from "../../setup/certificates.ts";
import { freePort } from "../../setup/servers.ts";
import { ask, hostPort, listen, LOOPBACKS, patience, tcpServer, verdict } from "./harness.ts";

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});

describe.each(LOOPBACKS)("over %s", (host) => {
  it("passes a server that accepts, and says where it connected", async () => {
    const port = await tcpServer(() => undefined, host);
    const result = await ask(tcpProbe(), hostPort(host, port));
    expect(verdict(result)).toBe("pass");
    expect(result.details).toEqual({ address: host, family: host === "::1" ? 6 : 4 });
    expect(Object.keys(result.phasesMs!)).toEqual(["dns", "connect"]);
  });

  it("fails where nothing listens", async () => {
    const result = await ask(tcpProbe(), hostPort(host, await freePort()));
    expect(verdict(result)).toBe("ECONNREFUSED");
  });

  it("resets the connection, so that no port waits in TIME_WAIT", async () => {
    let code: string | undefined;
    const ended = Promise.withResolvers<void>();
    const port = await tcpServer((socket) => {
      socket.on("error", (error: NodeJS.ErrnoException) => (code = error.code));
      socket.on("close", () => ended.resolve());
      socket.resume();
    }, host);
    await ask(tcpProbe(), hostPort(host, port));
    await ended.promise;
    expect(code).toBe("ECONNRESET");
  });
});

it("talks line by line, and puts what it matched into what it sends", async () => {
  const port = await tcpServer((socket) => {
    socket.write("220 hello\r\n220 name=mail.test\r\n");
    socket.once("data", (data) => socket.write(`250 you said ${data.toString()}`));
  });
  const steps = [
    { expect: /name=(?<host>\S+)/, send: "EHLO ${host} $1 $$1\r\n" },
    { expect: /^250 you said EHLO mail\.test mail\.test \$1$/ },
  ];
  const result = await ask(tcpProbe({ steps }), hostPort("127.0.0.1", port));
  expect(verdict(result)).toBe("pass");
  expect(Object.keys(result.phasesMs!)).toEqual([
    "dns",
    "connect",
    "first_byte",
    "transfer",
    "write",
  ]);
});

it("judges what was read in all", async () => {
  const port = await tcpServer((socket) => void socket.end("one\ntwo\nready\n"));
  const steps = [{ expect: /^ready$/ }];
  const judged = (includes: string): ReturnType<typeof tcpProbe> =>
    tcpProbe({ steps, validators: [bodyValidator({ includes })] });
  expect(verdict(await ask(judged("two"), hostPort("127.0.0.1", port)))).toBe("pass");
  const result = await ask(judged("three"), hostPort("127.0.0.1", port));
  expect(verdict(result)).toBe("validation_failed");
  expect(result.validations).toEqual([
    { name: "body", passed: false, reason: 'the body does not contain "three"' },
  ]);
});

describe.each(LOOPBACKS)("a server on %s that misbehaves", (host) => {
  const steps = [{ expect: /^ready$/ }];
  const cases: [name: string, serve: (socket: Socket) => void, type: string][] = [
    ["says nothing", () => undefined, "timeout"],
    ["closes at once", (socket) => void socket.end(), "unexpected_answer"],
    ["resets", (socket) => void socket.resetAndDestroy(), "ECONNRESET"],
    ["says something else and closes", (socket) => void socket.end("busy\n"), "unexpected_answer"],
    ["says half a line and then nothing", (socket) => void socket.write("rea"), "timeout"],
    ["never stops", (socket) => flood(socket, Buffer.alloc(65_536, "x\n")), "too_large"],
    ["never ends a line", (socket) => flood(socket, Buffer.alloc(65_536, "x")), "too_large"],
    ["sends a byte at a time", (socket) => trickle(socket, "rea"), "timeout"],
  ];
  it.each(cases)("that %s fails", async (_name, serve, type) => {
    const port = await tcpServer(serve, host);
    const result = await ask(tcpProbe({ steps }), hostPort(host, port), patience(type));
    expect(verdict(result)).toBe(type);
    expect(result.details?.address).toBe(host);
    if (type === "unexpected_answer") expect(result.details?.unmetStep).toBe(0);
  });

  it("and its time is said, with what was waited for", async () => {
    const port = await tcpServer(() => undefined);
    const { error } = await ask(tcpProbe({ steps }), hostPort("127.0.0.1", port), 50);
    expect(error?.message).toBe("50 ms were over before it answered");
  });
});

it("stops a hostile pattern after 20 ms, and fails", async () => {
  const port = await tcpServer((socket) => void socket.write(`${"a".repeat(40)}!\n`));
  const result = await ask(
    tcpProbe({ steps: [{ expect: /^(a+)+$/ }] }),
    hostPort("127.0.0.1", port),
  );
  expect(result.error?.message).toMatch(/was stopped after 20 ms/);
});

it("speaks TLS from the start", async () => {
  const { good, ca } = certificates;
  const server = createTlsServer(good, (socket) => void socket.write("hello\n"));
  const port = await listen(server);
  const steps = [{ expect: /hello/ }];
  const trusting = tcpProbe({ tls: { ca: ca.cert }, steps });
  const result = await ask(trusting, hostPort("127.0.0.1", port));
  expect(verdict(result)).toBe("pass");
  expect(result.details?.tls).toMatchObject({ protocol: "TLSv1.3", trusted: true });
  expect(verdict(await ask(tcpProbe({ tls: true, steps }), hostPort("127.0.0.1", port)))).toBe(
    "certificate_untrusted",
  );
});

it("goes over to TLS in the middle (STARTTLS)", async () => {
  const { good, ca } = certificates;
  const port = await tcpServer((socket) => {
    socket.write("220 ready\r\n");
    socket.once("data", () => {
      socket.write("220 go ahead\r\n");
      const secured = new TLSSocket(socket, { isServer: true, ...good });
      secured.on("error", () => undefined);
      secured.on("data", (data) => secured.write(`250 secret ${data.toString()}`));
    });
  });
  const steps = [
    { expect: /^220/, send: "STARTTLS\r\n" },
    { expect: /^220/, startTls: { ca: ca.cert } },
    { send: "EHLO\r\n" },
    { expect: /^250 secret EHLO$/ },
  ];
  const result = await ask(tcpProbe({ steps }), hostPort("localhost", port));
  expect(verdict(result)).toBe("pass");
  expect(result.certificate!.leafNotAfterMs).toBeGreaterThan(Date.now());
});

it("does not verify where it is told not to", async () => {
  const server = createTlsServer(certificates.selfSigned);
  const port = await listen(server);
  const result = await ask(tcpProbe({ tls: { verify: false } }), hostPort("127.0.0.1", port));
  expect(verdict(result)).toBe("pass");
  expect(result.details?.tls?.problem).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
});

it("connects to the address of a target that has one, under the target's name", async () => {
  const server = createTlsServer(certificates.otherName, (socket) => {
    socket.write(`${String(socket.servername)}\n`);
  });
  const port = await listen(server);
  const steps = [{ expect: /^other\.test$/ }];
  const probe = tcpProbe({ tls: { ca: certificates.ca.cert }, steps });
  const result = await ask(probe, { host: "other.test", address: "127.0.0.1", port });
  expect(verdict(result)).toBe("pass");
});

it("refuses at construction what it cannot use, and targets without a port", () => {
  expect(() => tcpProbe({ steps: [{ expect: "x" as never }] })).toThrow(
    /steps\[0\].expect.*RegExp/,
  );
  expect(() => tcpProbe({ family: 5 as never })).toThrow(/family/);
  expect(() => tcpProbe({ nope: 1 } as never)).toThrow(/nope/);
  expect(() => tcpProbe().accepts!({ name: "x", host: "x", labels: {} })).toThrow(/with a port/);
  expect(() => tcpProbe({ port: 5 }).accepts!({ name: "x", host: "x", labels: {} })).not.toThrow();
});

function flood(socket: Socket, chunk: Buffer): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on("drain", more);
  more();
}

function trickle(socket: Socket, text: string): void {
  let at = 0;
  const timer = setInterval(() => socket.write(text[at++ % text.length]!), 50);
  socket.on("close", () => clearInterval(timer));
}
