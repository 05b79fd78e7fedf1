import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { createServer as createH2cServer } from "node:http2";
import { createServer as createTlsServer } from "node:tls";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sparkline } from "../../src/cli/probe/sparkline.ts";
import { runCli } from "../../src/cli/run.ts";
import { listen, tcpServer } from "../probe/probes/harness.ts";
import { makeCertificates } from "../setup/certificates.ts";
import { grpcHealth } from "../setup/grpc-health.ts";
import { addresses, udpNameServer } from "../setup/name-server.ts";

/** Runs the program in this process. */
async function cli(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  const lines = { out: [] as string[], error: [] as string[] };
  const code = await runCli(args, {
    out: (text) => lines.out.push(text),
    error: (text) => lines.error.push(text),
  });
  return { code, out: lines.out.join("\n"), error: lines.error.join("\n") };
}

async function web(): Promise<string> {
  const server = createServer((request, response) => {
    const { method, headers } = request;
    if (request.url === "/moved") return void response.writeHead(302, { location: "/" }).end();
    response
      .writeHead(request.url === "/down" ? 503 : 200)
      .end(`${method} ${String(headers["x-key"] ?? "-")}`);
  });
  return `http://127.0.0.1:${await listen(server)}`;
}

it("prints what it found, with phases as bars, and ends with 0", async () => {
  const url = `${await web()}/`;
  const { code, out } = await cli("probe", url, "--expect-body", "^GET k$", "--header", "X-Key: k");
  expect(code).toBe(0);
  const [head, ...rest] = out.split("\n");
  expect(head).toMatch(new RegExp(`^PASS ${url} 200 HTTP/1.1 127.0.0.1 [\\d.]+ ms$`));
  expect(
    rest.map((line) => line.replace(/[\d.]+ ms +█+$/, "TIME BAR").replaceAll(/ +/g, " ")),
  ).toEqual([
    ...[
      " dns TIME BAR",
      " connect TIME BAR",
      " write TIME BAR",
      " first_byte TIME BAR",
      " transfer TIME BAR",
    ],
    ...[" passed status", " passed body"],
  ]);
});

it("says why a target fails, and ends with 1", async () => {
  const { code, out } = await cli("probe", `${await web()}/down`);
  expect(code).toBe(1);
  expect(out).toMatch(/^FAIL .* 503 /);
  expect(out).toMatch(/\n {2}status: got 503, expected 2xx\n/);
  expect(out).toMatch(/\n {2}FAILED status: got 503, expected 2xx$/);
});

it("prints JSON for programs", async () => {
  const url = await web();
  const { code, out } = await cli(
    "probe",
    `${url}/moved`,
    "--no-redirects",
    "--expect-status",
    "300-399",
    "--json",
  );
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    ...{ target: `${url}/moved`, type: "http", success: true, statusCode: 302 },
    ...{ phasesMs: { connect: expect.any(Number) as number }, details: { httpVersion: "1.1" } },
    validations: [{ name: "status", passed: true }],
  });
});

it("watches a target, a line for each run", async () => {
  const url = `${await web()}/`;
  const { code, out } = await cli("probe", url, "--watch", "--count", "3", "--interval", "0.01");
  expect(code).toBe(0);
  const lines = out.split("\n");
  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d PASS http/);
  expect(lines[3]).toBe("3 runs, 0 failed");
  const down = await cli("probe", `${url}down`, "--watch", "--count", "2", "--interval", "0.01");
  expect(down.code).toBe(1);
});

it("ends a watch when it is interrupted", async () => {
  const main = join(import.meta.dirname, "../../src/cli/main.ts");
  const args = ["--conditions=@taskmon/source", main, "probe", `${await web()}/`, "--watch"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => {
    if (out === "") child.kill("SIGINT");
    out += chunk.toString();
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect(code).toBe(0);
  expect(out).toMatch(/ PASS .*\n1 runs, 0 failed\n$/);
});

describe("other targets", () => {
  it("of TCP, by scheme and as host:port", async () => {
    const port = await tcpServer(() => undefined);
    for (const target of [`tcp://127.0.0.1:${port}`, `127.0.0.1:${port}`]) {
      expect((await cli("probe", target)).code).toBe(0);
    }
  });

  it("of TLS, with the certificate", async () => {
    const port = await listen(createTlsServer(makeCertificates().expired));
    const { code, out } = await cli("probe", `tls://localhost:${port}`);
    expect(code).toBe(1);
    expect(out).toMatch(
      /certificate of CN=expired,O=Taskmon tests by CN=Test authority.*, expired \d days ago, not trusted/,
    );
    const lenient = await cli("probe", `tls://localhost:${port}`, "--insecure");
    expect(lenient.code).toBe(0);
    const strict = await cli(
      "probe",
      `tls://localhost:${port}`,
      "--insecure",
      "--expect-days",
      "7",
    );
    expect(strict.out).toMatch(/FAILED certificate: a certificate expires in -\d/);
  });

  it("of DNS, with the records", async () => {
    const port = await udpNameServer(() => ({ answers: addresses("here.test", "192.0.2.1") }));
    const { code, out } = await cli("probe", `dns://127.0.0.1:${port}/here.test?type=a`);
    expect(code).toBe(0);
    expect(out).toMatch(/\n {2}A 192\.0\.2\.1$/);
  });

  it("of gRPC, with the state", async () => {
    const server = createH2cServer();
    server.on("stream", grpcHealth({ cart: 2 }));
    const { code, out } = await cli("probe", `grpc://127.0.0.1:${await listen(server)}/cart`);
    expect(code).toBe(1);
    expect(out).toMatch(/^FAIL grpc:.* NOT_SERVING /);
  });

  it("of ICMP", async () => {
    expect((await cli("probe", "ping://127.0.0.1")).code).toBe(0);
  });
});

it.each([
  [["probe"], /expects 1 of TARGET/],
  [["probe", "odd://x:1"], /there is no probe for odd:\/\//],
  [["probe", "tcp://x"], /one with a port/],
  [["probe", "tcp://x:1", "--method", "GET"], /--method is for http and https/],
  [["probe", "http://x/", "--expect-status", "7xx"], /status/],
  [["probe", "http://x/", "--expect-body", "("], /no regular expression/],
  [["probe", "http://x/", "--header", "nope"], /NAME: VALUE/],
  [["probe", "http://x/", "--timeout", "soon"], /--timeout expects seconds/],
  [["probe", "http://x/", "--watch", "--count", "0"], /--count expects/],
  [["probe", "http://x/", "--family", "5"], /--family expects 4 or 6/],
  [["probe", "dns://127.0.0.1/x?type=NOPE"], /type/],
])("refuses %j with 2", async (args, message) => {
  const { code, error } = await cli(...args);
  expect(code).toBe(2);
  expect(error).toMatch(message);
});

it("draws latencies beside the highest, and failures as x", () => {
  expect(sparkline([1, 2, undefined, 4, 8])).toBe("▂▃x▅█");
  expect(sparkline([0, 0])).toBe("▁▁");
  expect(sparkline([])).toBe("");
});
