import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { createSecureServer, createServer as createH2cServer } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import { connect, type Socket } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { httpProbe } from "../../../src/probe/probes/http.ts";
import { bodyValidator } from "../../../src/probe/validators/body.ts";
import { statusValidator } from "../../../src/probe/validators/status.ts";
import { type Certificates, makeCertificates } from "../../setup/certificates.ts";
import { freePort } from "../../setup/servers.ts";
import { ask, hostPort, listen, LOOPBACKS, patience, tcpServer, verdict } from "./harness.ts";

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});

async function serve(handler: RequestListener, host?: string): Promise<string> {
  return `http://${hostPort(host ?? "127.0.0.1", await listen(createServer(handler), host))}`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe.each(LOOPBACKS)("over %s", (host) => {
  it("passes an answer of 2xx, and says what it found", async () => {
    const url = await serve((_request, response) => void response.end("hello"), host);
    const result = await ask(httpProbe(), url);
    expect(verdict(result)).toBe("pass");
    expect(result.statusCode).toBe(200);
    expect(result.details).toMatchObject({
      ...{ url: `${url}/`, address: host, family: host === "::1" ? 6 : 4, httpVersion: "1.1" },
      ...{ bodyBytes: 5, contentLength: 5, redirects: 0, reused: false },
    });
    expect(result.details?.headers?.["connection"]).toBe("close");
    const phases = Object.keys(result.phasesMs!);
    expect(phases).toEqual(["dns", "connect", "write", "first_byte", "transfer"]);
    const total = Object.values(result.phasesMs!).reduce((sum, ms) => sum + ms, 0);
    expect(result.latencyMs!).toBeGreaterThanOrEqual(total);
  });

  it("fails where nothing listens", async () => {
    const result = await ask(httpProbe(), `http://${hostPort(host, await freePort())}`);
    expect(verdict(result)).toBe("ECONNREFUSED");
  });
});

it("fails any other status without being asked to", async () => {
  const url = await serve((_request, response) => void response.writeHead(500).end());
  const result = await ask(httpProbe({ validators: [bodyValidator({ notMatches: /x/ })] }), url);
  expect(verdict(result)).toBe("validation_failed");
  expect(result.statusCode).toBe(500);
  expect(result.validations).toEqual([
    { name: "status", passed: false, reason: "got 500, expected 2xx" },
    { name: "body", passed: true },
  ]);
  const asked = httpProbe({ validators: [statusValidator("5xx")] });
  expect(verdict(await ask(asked, url))).toBe("pass");
});

it("sends method, headers and body, and names itself", async () => {
  const url = await serve((request, response) => {
    void bodyOf(request).then((body) => {
      const { method, url: path, headers } = request;
      response.end(JSON.stringify({ method, path, body, headers }));
    });
  });
  let seen = "";
  const look = {
    name: "look",
    validate: ({ body }: { body?: Uint8Array }) => void (seen = new TextDecoder().decode(body)),
  };
  const probe = httpProbe({
    ...{ method: "POST", body: "übung", headers: { "X-Token": "t", Host: "shop.test" } },
    validators: [look],
  });
  expect(verdict(await ask(probe, `${url}/a?b=c`))).toBe("pass");
  expect(JSON.parse(seen)).toMatchObject({
    ...{ method: "POST", path: "/a?b=c", body: "übung" },
    headers: {
      ...{ "x-token": "t", host: "shop.test", "content-length": "6", connection: "close" },
      "user-agent": expect.stringMatching(/^taskmon-probe\//) as string,
    },
  });
});

it("asks targets without a URL by scheme and path", async () => {
  const paths: (string | undefined)[] = [];
  const url = new URL(
    await serve((request, response) => {
      paths.push(request.url);
      response.end();
    }),
  );
  expect(verdict(await ask(httpProbe({ path: "/healthz" }), url.host))).toBe("pass");
  expect(paths).toEqual(["/healthz"]);
});

describe("redirects", () => {
  it("follows them, changes POST as browsers do, and adds up the phases", async () => {
    const asked: string[] = [];
    const url = await serve((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers["content-type"] ?? "-"}`);
      const next = { "/a": [302, "/b"], "/b": [307, "c"], "/c": [303, "./d?x"] }[request.url!];
      if (next === undefined) response.end("there");
      else response.writeHead(next[0] as number, { location: next[1] as string }).end();
    });
    const probe = httpProbe({
      method: "POST",
      body: "{}",
      headers: { "content-type": "text/json" },
    });
    const result = await ask(probe, `${url}/a`);
    expect(verdict(result)).toBe("pass");
    expect(asked).toEqual(["POST /a text/json", "GET /b -", "GET /c -", "GET /d?x -"]);
    expect(result.details).toMatchObject({ redirects: 3, url: `${url}/d?x`, bodyBytes: 5 });
  });

  it("fails a loop", async () => {
    const url = await serve(
      (_request, response) => void response.writeHead(302, { location: "/" }).end(),
    );
    const result = await ask(httpProbe({ maxRedirects: 3 }), url);
    expect(verdict(result)).toBe("too_many_redirects");
    expect(result.details?.redirects).toBe(4);
    expect(result.statusCode).toBe(302);
  });

  it("judges the redirect itself where it is told not to follow", async () => {
    const url = await serve(
      (_request, response) => void response.writeHead(302, { location: "/x" }).end(),
    );
    const result = await ask(httpProbe({ followRedirects: false }), url);
    expect(verdict(result)).toBe("validation_failed");
    expect(result.details?.redirects).toBe(1);
  });

  it("keeps credentials and cookies to their origin", async () => {
    const seen: object[] = [];
    const note = (request: IncomingMessage): void => {
      const { authorization, cookie, "x-own": own } = request.headers;
      seen.push({ authorization, cookie, own });
    };
    const other = await serve((request, response) => {
      note(request);
      response.end();
    }, "::1");
    const first = await serve((request, response) => {
      note(request);
      const isBack = request.headers.cookie?.includes("seen=1");
      const location = isBack ? other : "/again";
      response.writeHead(302, { location, "set-cookie": "seen=1; Path=/" }).end();
    });
    const headers = { cookie: "own=1", "x-own": "y" };
    const target = first.replace("//", "//user:p%40ss@");
    expect(verdict(await ask(httpProbe({ headers }), target))).toBe("pass");
    const authorization = `Basic ${Buffer.from("user:p@ss").toString("base64")}`;
    expect(seen).toEqual([
      { authorization, cookie: "own=1", own: "y" },
      { authorization, cookie: "own=1; seen=1", own: "y" },
      { own: "y" },
    ]);
  });

  it("refuses one that leads where it must not", async () => {
    let followed = 0;
    const inner = await serve((_request, response) => {
      followed++;
      response.end();
    });
    const url = await serve((request, response) => {
      response
        .writeHead(302, { location: request.url === "/file" ? "file:///etc/passwd" : inner })
        .end();
    });
    const probe = httpProbe({ allowRedirect: (to) => to.origin !== inner });
    expect(verdict(await ask(probe, `${url}/`))).toBe("unexpected_answer");
    expect(verdict(await ask(httpProbe(), `${url}/file`))).toBe("unexpected_answer");
    expect(followed).toBe(0);
  });
});

describe("bodies", () => {
  it.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
  ] as const)("are judged decompressed: %s", async (encoding, compress) => {
    const url = await serve((_request, response) => {
      response
        .writeHead(200, { "content-encoding": encoding })
        .end(compress(Buffer.from("all well ".repeat(20))));
    });
    const validators = [bodyValidator({ includes: "all well" })];
    const result = await ask(httpProbe({ validators }), url);
    expect(verdict(result)).toBe("pass");
    expect(result.details?.bodyBytes).toBe(180);
    const raw = await ask(httpProbe({ validators, decompress: false }), url);
    expect(verdict(raw)).toBe("validation_failed");
  });

  it.each([
    ["that is not what its encoding says", "gzip", Buffer.from("no gzip")],
    ["of an encoding that nobody knows", "rot13", Buffer.from("uryyb")],
    ["that ends in the middle", "gzip", gzipSync("x".repeat(10_000)).subarray(0, 30)],
  ])("%s fail", async (_name, encoding, body) => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { "content-encoding": encoding }).end(body);
    });
    expect(verdict(await ask(httpProbe(), url))).toBe("protocol_error");
  });

  it("without end fail at the limit, or are cut there", async () => {
    const url = await serve((_request, response) => flood(response.writeHead(200) as never));
    expect(verdict(await ask(httpProbe({ maxBodyBytes: 100_000 }), url))).toBe("too_large");
    const cut = await ask(httpProbe({ maxBodyBytes: 100_000, longerBody: "cut" }), url);
    expect(verdict(cut)).toBe("pass");
    expect(cut.details?.bodyBytes).toBe(100_000);
  });

  it("that grow when they are decompressed meet the limit too", async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000));
    const url = await serve((_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(bomb);
    });
    expect(verdict(await ask(httpProbe(), url))).toBe("too_large");
  });

  it("are not waited for after HEAD", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip", "content-length": "99" }).end();
    });
    const result = await ask(httpProbe({ method: "HEAD" }), url);
    expect(verdict(result)).toBe("pass");
    expect(result.details).toMatchObject({ bodyBytes: 0, contentLength: 99 });
  });
});

describe.each(LOOPBACKS)("a server on %s that misbehaves", (host) => {
  const head = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n";
  const cases: readonly [name: string, answer: (socket: Socket) => void, type: string][] = [
    ["accepts and says nothing", () => undefined, "timeout"],
    ["closes without an answer", (socket) => void socket.end(), "connection_closed"],
    ["resets", (socket) => void socket.resetAndDestroy(), "ECONNRESET"],
    [
      "sends half a header",
      (socket) => void socket.write("HTTP/1.1 200 OK\r\ncontent-le"),
      "timeout",
    ],
    [
      "ends in the header",
      (socket) => void socket.end("HTTP/1.1 200 OK\r\ncontent-le"),
      "connection_closed",
    ],
    ["sends half a body", (socket) => void socket.write(`${head}\r\nhello`), "timeout"],
    ["ends in the body", (socket) => void socket.end(`${head}\r\nhello`), "connection_closed"],
    [
      "sends one byte at a time",
      (socket) => trickle(socket, `${head}x-long: ${"y".repeat(99)}\r\n\r\n`),
      "timeout",
    ],
    [
      "speaks something else",
      (socket) => void socket.end("SSH-2.0-OpenSSH_9.2\r\n"),
      "protocol_error",
    ],
    [
      "sends headers without end",
      (socket) => flood(socket, "HTTP/1.1 200 OK\r\n", "a: b\r\n".repeat(5_000)),
      "too_large",
    ],
    [
      "changes the protocol",
      (socket) => void socket.write("HTTP/1.1 101 X\r\nupgrade: ws\r\nconnection: upgrade\r\n\r\n"),
      "protocol_error",
    ],
    [
      "sends nonsense in chunks",
      (socket) => void socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"),
      "protocol_error",
    ],
  ];
  it.each(cases)("that %s fails", async (_name, answer, type) => {
    const port = await tcpServer((socket) => socket.once("data", () => answer(socket)), host);
    const result = await ask(httpProbe(), `http://${hostPort(host, port)}/`, patience(type));
    expect(verdict(result)).toBe(type);
    expect(result.details?.address).toBe(host);
  });
});

describe("over TLS", () => {
  const servers = {
    "http/1.1": (): ReturnType<typeof createHttpsServer> =>
      createHttpsServer(
        certificates.good,
        (request, response) => void response.end(request.httpVersion),
      ),
    h2: (): ReturnType<typeof createHttpsServer> =>
      createSecureServer(certificates.good, (request, response) => {
        response.end(request.httpVersion);
      }) as never,
  };

  it.each(["http/1.1", "h2"] as const)("speaks %s where the server does", async (alpn) => {
    const port = await listen(servers[alpn]());
    const version = alpn === "h2" ? "2.0" : "1.1";
    const validators = [bodyValidator({ includes: version })];
    const probe = httpProbe({ tls: { ca: certificates.ca.cert }, validators });
    const result = await ask(probe, `https://localhost:${port}/`);
    expect(verdict(result)).toBe("pass");
    expect(result.details).toMatchObject({ httpVersion: version, tls: { trusted: true, alpn } });
    expect(result.certificate?.leafNotAfterMs).toBeGreaterThan(Date.now());
    expect(result.phasesMs!.tls).toBeGreaterThan(0);
  });

  it("speaks HTTP/1.1 or HTTP/2 only where it is told to", async () => {
    const tls = { ca: certificates.ca.cert };
    const both = createSecureServer(
      { ...certificates.good, allowHTTP1: true },
      (_request, response) => {
        response.end();
      },
    );
    const url = `https://localhost:${await listen(both)}/`;
    const never = await ask(httpProbe({ tls, http2: "never" }), url);
    expect(never.details?.httpVersion).toBe("1.1");
    const only = httpProbe({ tls, http2: "only" });
    expect((await ask(only, url)).details?.httpVersion).toBe("2.0");
    const old = await listen(servers["http/1.1"]());
    expect(verdict(await ask(only, `https://localhost:${old}/`))).toMatch(
      /tls_failure|protocol_error/,
    );
  });

  it("speaks HTTP/2 over plain TCP where it is told to", async () => {
    const server = createH2cServer((_request, response) => void response.end());
    const url = `http://127.0.0.1:${await listen(server)}/`;
    const result = await ask(httpProbe({ http2: "only", method: "POST", body: "x" }), url);
    expect(verdict(result)).toBe("pass");
    expect(result.details?.httpVersion).toBe("2.0");
  });

  it("fails a certificate that expired, and sends it nothing", async () => {
    let asked = 0;
    const server = createHttpsServer(certificates.expired, (_request, response) => {
      asked++;
      response.end();
    });
    const url = `https://localhost:${await listen(server)}/`;
    const tls = { ca: certificates.ca.cert };
    const result = await ask(httpProbe({ tls }), url);
    expect(verdict(result)).toBe("certificate_expired");
    expect(asked).toBe(0);
    expect(verdict(await ask(httpProbe({ tls: { ...tls, verify: false } }), url))).toBe("pass");
  });

  it("fails an HTTP/2 server that resets the stream, or goes away", async () => {
    const server = createSecureServer(certificates.good);
    server.on("stream", (stream, headers) => {
      stream.on("error", () => undefined);
      if (headers[":path"] === "/reset") stream.close(2);
      else stream.session?.destroy();
    });
    const base = `https://localhost:${await listen(server)}`;
    const probe = httpProbe({ tls: { ca: certificates.ca.cert } });
    expect(verdict(await ask(probe, `${base}/reset`))).toBe("protocol_error");
    expect(verdict(await ask(probe, `${base}/gone`))).toMatch(
      /connection_closed|ECONNRESET|protocol_error/,
    );
  });
});

describe("connections", () => {
  async function counting(): Promise<{
    url: string;
    counts: { connections: number; resets: number };
  }> {
    const counts = { connections: 0, resets: 0 };
    const server = createServer((_request, response) => void response.end("x"));
    server.keepAliveTimeout = 60_000;
    server.on("connection", (socket: Socket) => {
      counts.connections++;
      socket.on("error", () => counts.resets++);
    });
    return { url: `http://127.0.0.1:${await listen(server)}/`, counts };
  }

  it("are fresh for each run", async () => {
    const { url, counts } = await counting();
    const probe = httpProbe();
    for (let run = 0; run < 3; run++) expect(verdict(await ask(probe, url))).toBe("pass");
    expect(counts.connections).toBe(3);
  });

  it("are kept from run to run where that is asked for, until the target goes", async () => {
    const { url, counts } = await counting();
    const probe = httpProbe({ connection: "kept" });
    const results = [await ask(probe, url), await ask(probe, url), await ask(probe, url)];
    expect(results.map(({ details }) => details?.reused)).toEqual([false, true, true]);
    expect(results[2]!.phasesMs!.connect).toBeUndefined();
    expect(counts.connections).toBe(1);
    await probe.close!({ name: url, labels: {} });
    expect((await ask(probe, url)).details?.reused).toBe(false);
    await probe.close!();
  });

  it("that were kept and closed by the server meanwhile are opened again", async () => {
    let sockets = 0;
    const port = await tcpServer((socket) => {
      const isFirst = sockets++ === 0;
      let asked = 0;
      socket.on("data", () => {
        if (isFirst && ++asked === 2) socket.destroy();
        else socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
      });
    });
    const probe = httpProbe({ connection: "kept" });
    const url = `http://127.0.0.1:${port}/`;
    expect(verdict(await ask(probe, url))).toBe("pass");
    const again = await ask(probe, url);
    expect(verdict(again)).toBe("pass");
    expect(again.details?.reused).toBe(false);
    expect(sockets).toBe(2);
    await probe.close!();
  });

  it("that are kept gather no listeners", async () => {
    const warnings: string[] = [];
    const onWarning = ({ name }: Error): void => void warnings.push(name);
    process.on("warning", onWarning);
    onTestFinished(() => void process.off("warning", onWarning));
    const { url } = await counting();
    const http2 = createSecureServer(
      certificates.good,
      (_request, response) => void response.end(),
    );
    const secure = `https://localhost:${await listen(http2)}/`;
    const probe = httpProbe({ connection: "kept", tls: { ca: certificates.ca.cert } });
    for (let run = 0; run < 15; run++) {
      for (const target of [url, secure]) expect(verdict(await ask(probe, target))).toBe("pass");
    }
    await probe.close!();
    expect(warnings).toEqual([]);
  });

  it("of HTTP/2 are kept too", async () => {
    let sessions = 0;
    const server = createSecureServer(
      certificates.good,
      (_request, response) => void response.end(),
    );
    server.on("session", () => sessions++);
    const url = `https://localhost:${await listen(server)}/`;
    const probe = httpProbe({ connection: "kept", tls: { ca: certificates.ca.cert } });
    await ask(probe, url);
    const again = await ask(probe, url);
    expect(again.details?.reused).toBe(true);
    expect(again.certificate).toBeDefined();
    expect(sessions).toBe(1);
    await probe.close!();
  });
});

describe("through a proxy", () => {
  async function proxy(status = 200): Promise<{ url: string; asked: string[] }> {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(
        `${request.method} ${request.url} ${request.headers["proxy-authorization"] ?? "-"}`,
      );
      response.end("from the proxy");
    });
    server.on("connect", (request: IncomingMessage, socket: Socket) => {
      asked.push(`CONNECT ${request.url} ${request.headers["proxy-authorization"] ?? "-"}`);
      if (status !== 200) return void socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
      const upstream = connect(Number(request.url!.split(":")[1]), "127.0.0.1");
      upstream.on("error", () => socket.destroy());
      socket.on("error", () => upstream.destroy()).on("close", () => upstream.destroy());
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    return { url: `http://user:pw@127.0.0.1:${await listen(server)}`, asked };
  }
  const credentials = `Basic ${Buffer.from("user:pw").toString("base64")}`;

  it("asks for http targets by their whole URL", async () => {
    const { url, asked } = await proxy();
    const validators = [bodyValidator({ includes: "from the proxy" })];
    const result = await ask(httpProbe({ proxy: url, validators }), "http://inner.test/a?b");
    expect(verdict(result)).toBe("pass");
    expect(asked).toEqual([`GET http://inner.test/a?b ${credentials}`]);
  });

  it("passes it by CONNECT for https targets", async () => {
    const { url, asked } = await proxy();
    const server = createHttpsServer(
      certificates.good,
      (_request, response) => void response.end(),
    );
    const port = await listen(server);
    const result = await ask(
      httpProbe({ proxy: url, tls: { ca: certificates.ca.cert } }),
      `https://localhost:${port}/`,
    );
    expect(verdict(result)).toBe("pass");
    expect(asked).toEqual([`CONNECT localhost:${port} ${credentials}`]);
  });

  it("fails where the proxy refuses", async () => {
    const { url } = await proxy(403);
    const result = await ask(httpProbe({ proxy: url }), "https://localhost:1/");
    expect(verdict(result)).toBe("unexpected_answer");
    expect(result.error?.message).toBe("The proxy answered 403 to CONNECT localhost:1");
  });
});

it("refuses at construction what it cannot use, and targets that HTTP cannot reach", () => {
  expect(() => httpProbe({ headers: { "a b": "c" } })).toThrow(/headers\.a b/);
  expect(() => httpProbe({ headers: { a: "b\r\nc: d" } })).toThrow(/headers\.a/);
  expect(() => httpProbe({ method: "G E T" })).toThrow(/method/);
  expect(() => httpProbe({ proxy: "socks5://x" })).toThrow(/proxy/);
  expect(() => httpProbe({ maxBodyBytes: -1 })).toThrow(/maxBodyBytes/);
  expect(() => httpProbe({ validators: [statusValidator(200), statusValidator(201)] })).toThrow(
    /validators\[1\].name/,
  );
  const accepts = httpProbe().accepts!;
  expect(() => accepts({ name: "x", url: "ftp://x/", labels: {} })).toThrow(/http or https URL/);
  expect(() => accepts({ name: "x", labels: {} })).toThrow(/with a URL or a host/);
});

function flood(socket: Socket, first = "", chunk: string = "x".repeat(65_536)): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.write(first);
  socket.on("drain", more);
  more();
}

function trickle(socket: Socket, text: string): void {
  let at = 0;
  const timer = setInterval(() => socket.write(text[at++ % text.length]!), 30);
  socket.on("close", () => clearInterval(timer));
}
