import { once } from "node:events";
import { readdir, readFile, readlink } from "node:fs/promises";
import { Agent, get } from "node:http";
import { Agent as SecureAgent, get as secureGet } from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { diag, DiagLogLevel } from "@opentelemetry/api";
import { afterEach, expect, it, onTestFinished } from "vitest";
import { ScrapeEndpointError } from "../../src/scrape/index.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { promtoolPath, startPrometheus } from "../setup/prometheus.ts";
import { run, runOk, start } from "../setup/run.ts";
import { dial, endpoint, exporter, occupyPort, pem, send } from "./harness.ts";

afterEach(() => diag.disable());

it("tells that it starts, has started and has stopped, by the original's ids too", async () => {
  const { endpoint: scrape, events } = await endpoint();
  await scrape.stop();
  const { url } = (await scrape.start()) as { url: string };
  expect(events).toEqual([
    { type: "stopped", id: "efd0f72bffc636f6" },
    { type: "starting", id: "bec4ba15afa97c2b", address: "http://127.0.0.1:0/metrics" },
    { type: "started", id: "8fab3d9ef5011368", url },
  ]);
});

it("listens on the loopback address only, unless told otherwise", async () => {
  expect((await endpoint()).url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
  const { url } = await endpoint({ host: "::1" });
  expect(url).toMatch(/^http:\/\/\[::1\]:\d+\/metrics$/);
  expect((await send(url)).status).toBe(200);
});

it("says that its port is in use, throws nothing, and serves once the port is free", async () => {
  const lines: string[] = [];
  const log = (...texts: unknown[]): void => void lines.push(texts.join(" "));
  diag.setLogger({ debug() {}, verbose() {}, info: log, warn: log, error: log }, DiagLogLevel.ALL);
  const clock = manualClock();
  const { server, port } = await occupyPort();
  const { endpoint: scrape, events } = await endpoint({ port, clock, retryMs: 10_000 });

  const { state } = scrape;
  expect(state).toMatchObject({ listening: false, error: { code: "ERR_TASKMON_SCRAPE_ENDPOINT" } });
  const error = (state as { error: ScrapeEndpointError }).error;
  expect(error.message).toBe(
    `The scrape endpoint cannot serve http://127.0.0.1:${port}/metrics: the port is in use`,
  );
  expect(error.cause).toMatchObject({ code: "EADDRINUSE" });

  // Another attempt that fails alike is no news.
  await clock.advance(10_000);
  await until(() => clock.pending === 1);
  expect(events).toEqual([]);
  expect(lines.filter((line) => line.includes("in use"))).toHaveLength(1);

  server.close();
  await once(server, "close");
  await clock.advance(10_000);
  await until(() => scrape.state.listening);
  expect(events.at(-1)).toMatchObject({ type: "started" });
  expect((await send(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
});

it("tries no more once it is stopped", async () => {
  const clock = manualClock();
  const { port } = await occupyPort();
  const { endpoint: scrape, events } = await endpoint({ port, clock });
  expect(clock.pending).toBe(1);
  await scrape.stop();
  expect(clock.pending).toBe(0);
  expect(events.map(({ type }) => type)).toEqual(["stopped"]);
  expect(scrape.state).toEqual({ listening: false });
});

it("reports keys that do not fit as a failure, and takes up right ones at a restart", async () => {
  let cert = pem("client.pem");
  const { endpoint: scrape, events } = await endpoint({
    retryMs: 10_000,
    tls: () => ({ key: pem("test-key.pem"), cert }),
  });
  expect(scrape.state).toMatchObject({
    listening: false,
    error: expect.any(ScrapeEndpointError) as Error,
  });
  const { error } = (await scrape.restart()) as { error: ScrapeEndpointError };
  const failed = { type: "failed", id: "a1e82667eef867ff", error, retryInMs: 10_000 };
  expect(events.at(-1)).toEqual(failed);
  cert = pem("test-cert.pem");
  const state = await scrape.restart();
  expect(state).toMatchObject({ listening: true });
  expect((await send((state as { url: string }).url, { ca: cert })).status).toBe(200);
});

it("stops, starts again and restarts, as often as it is told", async () => {
  const { endpoint: scrape, url } = await endpoint();
  await scrape.stop();
  await scrape.stop();
  await expect(send(url)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  for (const state of [await scrape.start(), await scrape.start(), await scrape.restart()]) {
    expect(state).toBe(state.listening && scrape.state.listening ? state : undefined);
  }
  const { state } = scrape;
  expect((await send((state as { url: string }).url)).status).toBe(200);
  // Calls that do not wait for each other happen in order.
  const [, last] = await Promise.all([
    scrape.stop(),
    scrape.start(),
    scrape.stop(),
    scrape.start(),
  ]);
  expect(last).toMatchObject({ listening: true });
  expect(scrape.state).toMatchObject({ listening: true });
});

it("closes idle connections when it stops, and lets a scrape under way finish", async () => {
  let finish = (): void => {};
  let began = (): void => {};
  const collecting = new Promise<void>((resolve) => (began = resolve));
  const {
    endpoint: scrape,
    url,
    port,
  } = await endpoint({
    exporter: {
      getMetricsRequestHandler(_request, response) {
        finish = (): void => void response.end("late 1\n");
        began();
      },
    },
  });
  const unused = await dial(port);
  const unusedClosed = once(unused.resume(), "close");
  const reply = send(url);
  await collecting;
  const stopped = scrape.stop();
  await unusedClosed;
  finish();
  expect((await reply).body.toString()).toBe("late 1\n");
  await stopped;
});

it("closes a connection that is kept alive between scrapes when it stops", async () => {
  // Time stands still, so that only the stop itself can close it.
  const { endpoint: scrape, url } = await endpoint({ clock: manualClock() });
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  await new Promise<void>((resolve) => {
    get(url, { agent }, (response) => response.resume().once("end", () => resolve()));
  });
  await scrape.stop();
});

it("stops at once with a TLS handshake that never ends, and a connection kept alive", async () => {
  const tls = { key: pem("test-key.pem"), cert: pem("test-cert.pem") };
  const { endpoint: scrape, url, port } = await endpoint({ tls, clock: manualClock() });
  const silent = await dial(port);
  const silentClosed = once(silent.resume(), "close");
  const agent = new SecureAgent({ keepAlive: true, ca: tls.cert });
  onTestFinished(() => agent.destroy());
  await new Promise<void>((resolve) => {
    secureGet(url, { agent }, (response) => response.resume().once("end", () => resolve()));
  });
  await scrape.stop();
  await silentClosed;
});

it("cuts off what lasts longer than its stop may take", async () => {
  const clock = manualClock();
  let began = (): void => {};
  const collecting = new Promise<void>((resolve) => (began = resolve));
  const { endpoint: scrape, url } = await endpoint({
    clock,
    stopTimeoutMs: 2_000,
    exporter: { getMetricsRequestHandler: () => began() },
  });
  const reply = send(url).catch((error: unknown) => error);
  await collecting;
  const stopped = scrape.stop();
  await clock.advance(2_000);
  await stopped;
  expect(await reply).toMatchObject({ code: "ECONNRESET" });
});

it("drops what a listener of its events throws", async () => {
  const { endpoint: scrape } = await endpoint();
  scrape.on("starting", () => {
    throw new Error("no");
  });
  expect(await scrape.restart()).toMatchObject({ listening: true });
});

it("lets a process end that has nothing else to do, with a scraper connected", async () => {
  const source = join(import.meta.dirname, "../../src/scrape/index.ts");
  const script = `
    import { get, Agent } from "node:http";
    import { startScrapeEndpoint } from ${JSON.stringify(source)};
    const exporter = { getMetricsRequestHandler: (_, response) => response.end("up 1") };
    const endpoint = await startScrapeEndpoint({ exporter, port: 0 });
    process.send?.(endpoint.state.url);
    console.log(endpoint.state.url);
    // Alive until somebody has scraped, then nothing is left but the server and that connection.
    const timer = setInterval(() => {}, 1_000);
    process.once("SIGUSR2", () => { clearInterval(timer); console.log("done"); });
  `;
  const service = await start(process.execPath, ["--input-type=module", "-e", script], {
    cwd: import.meta.dirname,
    timeoutMs: 20_000,
  });
  // The scraper keeps its connection open for as long as the service lives.
  const port = await portOf(service.pid);
  const scraper = await dial(port);
  scraper.write("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
  await once(scraper, "data");
  service.kill("SIGUSR2");
  const startedAt = performance.now();
  expect(await service.ended).toMatchObject({ code: 0, stderr: "" });
  // The server would close the idle connection by itself after 5 seconds.
  expect(performance.now() - startedAt).toBeLessThan(4_000);
});

it("finishes a stop that is waited for, in a process that has nothing else to do", async () => {
  const source = join(import.meta.dirname, "../../src/scrape/index.ts");
  const script = `
    import { connect } from "node:net";
    import { startScrapeEndpoint } from ${JSON.stringify(source)};
    const exporter = { getMetricsRequestHandler: () => {} };
    const endpoint = await startScrapeEndpoint({ exporter, port: 0, stopTimeoutMs: 300 });
    const socket = connect(endpoint.state.port, "127.0.0.1").on("error", () => {}).unref();
    socket.write("GET /metrics HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n");
    await new Promise((resolve) => setTimeout(resolve, 200));
    await endpoint.stop();
    console.log("stopped");
  `;
  const args = ["--input-type=module", "-e", script];
  expect(await run(process.execPath, args, { cwd: import.meta.dirname })).toEqual({
    code: 0,
    stdout: "stopped\n",
    stderr: "",
  });
});

it("is read by promtool and by a real Prometheus", async () => {
  const { exporter: reader } = exporter();
  const { url, port } = await endpoint({ exporter: reader, bearerToken: "abc" });
  const { body } = await send(url, { headers: { authorization: "Bearer abc" } });
  await runOk(
    "sh",
    ["-c", `printf %s "$1" | "$2" check metrics`, "sh", body.toString(), promtoolPath()],
    {
      cwd: import.meta.dirname,
    },
  );
  const prometheus = await startPrometheus({
    config: {
      global: { scrape_interval: "1s" },
      scrape_configs: [
        {
          job_name: "taskmon",
          authorization: { credentials: "abc" },
          static_configs: [{ targets: [`127.0.0.1:${port}`] }],
        },
      ],
    },
  });
  onTestFinished(() => prometheus.stop());
  await until(async () => (await prometheus.query("orders_total"))[0]?.value === 1, 20_000);
});

async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 5_000,
): Promise<void> {
  for (const deadline = performance.now() + timeoutMs; !(await condition()); await sleep(20)) {
    if (performance.now() > deadline) throw new Error(`never came true: ${String(condition)}`);
  }
}

/** The port that a process listens on, once it does. */
async function portOf(pid: number): Promise<number> {
  for (const deadline = performance.now() + 15_000; performance.now() < deadline; await sleep(50)) {
    const port = await listeningPortOf(pid);
    if (port !== undefined) return port;
  }
  throw new Error("the process listens on no port");
}

async function listeningPortOf(pid: number): Promise<number | undefined> {
  const folder = `/proc/${pid}/fd`;
  // Descriptors come and go meanwhile.
  const links = await Promise.all(
    (await readdir(folder)).map((name) => readlink(join(folder, name)).catch(() => "")),
  );
  const inodes = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
  const table = await readFile(`/proc/${pid}/net/tcp`, "utf8");
  for (const line of table.split("\n")) {
    const fields = line.trim().split(/\s+/);
    if (fields[3] === "0A" && inodes.has(fields[9])) return parseInt(fields[1]!.split(":")[1]!, 16);
  }
  return undefined;
}
