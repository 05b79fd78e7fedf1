import { copyFileSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { request as httpsRequest } from "node:https";
import { once } from "node:events";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { expect, inject, it, onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { readSet } from "../../src/files/read-set.ts";
import { startGuard, type GuardProgram } from "../../src/cli/guard/program.ts";
import { GuardSection } from "../../src/cli/guard/section.ts";
import { ask, bodyOf, closed, listening } from "../monitor/guard/rig.ts";
import { makeCertificates } from "../setup/certificates.ts";
import { freePort } from "../setup/servers.ts";
import { cli } from "./in-process.ts";

const folder = (): string => mkdtempSync(join(inject("testRun").folder, "guard-"));

async function started(
  text: string,
): Promise<{ program: GuardProgram; file: string; said: string[] }> {
  const file = join(folder(), "guard.yaml");
  writeFileSync(file, text);
  const said: string[] = [];
  const plan = readSet([{ text, file }], { guard: new GuardSection() }).guard!;
  const program = await startGuard(plan, file, (line) => said.push(line));
  onTestFinished(() => program.end());
  return { program, file, said };
}

it("forwards by host and path, counts that in its metrics, answers health, and ends in order", async () => {
  const wiki = createServer((request, response) => {
    void bodyOf(request).then((body) => response.end(`wiki ${request.url} ${body}`));
  });
  const wikiPort = await listening(wiki);
  onTestFinished(() => closed(wiki));
  const { program, said } = await started(`
guard:
  host: 127.0.0.1
  port: 0
  adminPort: 0
  routes:
    - { service: wiki, path: /wiki }
    - { service: asleep, host: asleep.example }
monitors:
  - { name: wiki, url: "http://127.0.0.1:${wikiPort}" }
  - { name: asleep, url: "http://127.0.0.1:${await freePort()}" }
`);
  expect(said).toEqual(["services: 2 added, 0 changed, 0 removed"]);
  const { port, adminPort } = program;
  const post = await ask(port, { path: "/wiki/a", method: "POST" }, "hello");
  expect(post.body).toBe("wiki /wiki/a hello");
  expect((await ask(port, { path: "/wikipedia" })).status).toBe(404);
  const asleep = await ask(port, { headers: { Host: "Asleep.example:8080", Accept: "text/html" } });
  expect(asleep).toMatchObject({
    status: 503,
    body: expect.stringContaining("asleep is not ready yet"),
  });
  const metrics = await ask(adminPort, { path: "/metrics" });
  const lineWith = (...parts: string[]): string | undefined =>
    metrics.body.split("\n").find((line) => parts.every((part) => line.includes(part)));
  const forwarded = 'health_monitor_decision="forwarded"';
  expect(lineWith("health_monitor_requests_total{", 'name="wiki"', forwarded)).toMatch(/ 1$/);
  const peer = 'service_peer_name="wiki"';
  expect(lineWith("http_client_request_duration_seconds_count{", peer)).toMatch(/ 1$/);
  expect((await ask(adminPort, { path: "/readyz" })).status).toBe(200);
  const ending = program.end();
  await expect
    .poll(() => ask(adminPort, { path: "/readyz" }).then(({ status }) => status))
    .toBe(503);
  expect((await ask(port, { path: "/wiki/" })).status).toBe(200);
  await ending;
  await program.ended;
  await expect(ask(port)).rejects.toThrow(/ECONNREFUSED/);
});

it("passes a websocket through, and shows a page of yours where the service is down", async () => {
  const sockets = new WebSocketServer({ noServer: true });
  const chat = createServer().on("upgrade", (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (client) =>
      client.on("message", (data) => client.send(`you said ${String(data)}`)),
    ),
  );
  const chatPort = await listening(chat);
  onTestFinished(() => closed(chat));
  const pageFile = join(folder(), "page.html");
  writeFileSync(pageFile, "<p>{{service}} sleeps, says our own page");
  const { program } = await started(`
guard:
  host: 127.0.0.1
  port: 0
  adminPort: 0
  drainMs: 0
  routes:
    - { service: chat, path: /chat }
    - { service: asleep, pageFile: "${pageFile}" }
monitors:
  - { name: chat, url: "http://127.0.0.1:${chatPort}" }
  - { name: asleep, url: "http://127.0.0.1:${await freePort()}" }
`);
  const client = new WebSocket(`ws://127.0.0.1:${program.port}/chat`);
  await once(client, "open");
  client.send("hello");
  expect(String((await once(client, "message"))[0])).toBe("you said hello");
  client.close();
  await once(client, "close");
  expect(await ask(program.port, { headers: { Accept: "text/html" } })).toMatchObject({
    ...{ status: 503, body: "<p>asleep sleeps, says our own page" },
  });
});

it("does not start without its page, and leaves nothing behind", async () => {
  const withPage = (page: string): string => `
guard: { host: 127.0.0.1, port: 0, adminPort: 0, drainMs: 0, routes: [{ service: a, ${page} }] }
monitors: [{ name: a, url: "http://127.0.0.1:1" }]
`;
  await expect(started(withPage("pageFile: /no/such/page"))).rejects.toThrow("ENOENT");
  const { program } = await started(withPage("path: /"));
  expect(program.port).toBeGreaterThan(0);
});

it("serves TLS, and takes a new certificate when its files change", async () => {
  const certificates = makeCertificates();
  const place = folder();
  const keyFile = join(place, "key.pem");
  const certFile = join(place, "cert.pem");
  const use = ({ keyFile: key, certFile: cert }: { keyFile: string; certFile: string }): void => {
    copyFileSync(key, keyFile);
    copyFileSync(cert, certFile);
  };
  use(certificates.good);
  const wiki = createServer(
    (request, response) => void response.end(request.headers["x-forwarded-proto"]),
  );
  const wikiPort = await listening(wiki);
  onTestFinished(() => closed(wiki));
  const { program } = await started(`
guard:
  host: 127.0.0.1
  port: 0
  adminPort: 0
  drainMs: 0
  tls: { keyFile: "${keyFile}", certFile: "${certFile}" }
  routes: [{ service: wiki }]
monitors: [{ name: wiki, url: "http://127.0.0.1:${wikiPort}" }]
`);
  const served = async (): Promise<{ name: string; body: string }> => {
    const request = httpsRequest({
      ...{ host: "127.0.0.1", port: program.port, agent: false, rejectUnauthorized: false },
    });
    request.end();
    const [response] = await once(request, "response");
    const name = String((response.socket as TLSSocket).getPeerCertificate().subject.CN);
    return { name, body: await bodyOf(response) };
  };
  expect(await served()).toEqual({ name: "good", body: "https" });
  use(certificates.otherName);
  await expect
    .poll(async () => (await served()).name, { timeout: 20_000, interval: 500 })
    .toBe("other");
}, 40_000);

it("says what is wrong with a file, and where", async () => {
  const file = join(folder(), "guard.yaml");
  writeFileSync(
    file,
    `guard:\n  port: 99999\n  routes:\n    - { service: wiki, path: wiki }\nmonitors: []\n`,
  );
  const wrong = await cli("guard", file);
  expect(wrong.code).toBe(1);
  expect(wrong.error).toMatch(/guard\.yaml:2:\d+/);
  expect(wrong.error).toMatch(/guard\.yaml:4:\d+.*a path that begins with \//);
  writeFileSync(file, `guard:\n  routes:\n    - { service: wiki }\nmonitors: []\n`);
  expect((await cli("guard", "--check", file)).error).toMatch(
    /guard\.yaml:3:\d+.*no monitor has the name wiki/,
  );
  writeFileSync(file, `monitors: []\n`);
  expect((await cli("guard", file)).error).toMatch(/there is no key "guard"/);
  writeFileSync(
    file,
    `guard: { routes: [{ service: wiki }] }\nmonitors: [{ name: wiki, url: "http://127.0.0.1:1" }]\n`,
  );
  expect(await cli("guard", "--check", file)).toMatchObject({ code: 0, out: `${file} is right` });
});
