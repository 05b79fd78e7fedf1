import { cpSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import { parse } from "../prometheus/parse.ts";
import { startOtlpReceiver } from "../setup/otlp-receiver.ts";
import { packPackage } from "../setup/pack.ts";
import { readmeCode } from "../setup/readme.ts";
import { run, runOk, type Running, start } from "../setup/run.ts";
import { freePort } from "../setup/servers.ts";

const here = import.meta.dirname;
/** An installation takes 10 seconds from npm's cache; without one, as long as the registry does. */
const INSTALL_TIMEOUT_MS = 300_000;
const tsc = join(here, "../../node_modules/typescript/bin/tsc");

/** The folders of `consumers/`, and what their package.json pins. */
const consumers = [
  { name: "sdk-2-esm", kind: "an ES module project", sdk: "2.12.1", api: "1.9.1" },
  { name: "sdk-3-esm", kind: "an ES module project", sdk: "3.1.1", api: "1.10.0" },
  { name: "sdk-3-commonjs", kind: "a CommonJS project", sdk: "3.1.1", api: "1.10.0" },
] as const;

/** The projects, with everything installed, by consumer name. */
/** What the README runs. */
const BLOCKS = ["quick-start", "health", "running"] as const;
const projects: Record<string, string> = {};

/** What `prometheus-reader.ts` records, as samples. */
const RECORDED = {
  shop_orders_total: 3,
  "shop_wait_seconds_bucket{le=0.5}": 1,
  "shop_wait_seconds_bucket{le=1}": 2,
  "shop_wait_seconds_bucket{le=Infinity}": 3,
  shop_wait_seconds_sum: 8,
  shop_wait_seconds_count: 3,
  "shop_size_bytes_bucket{le=Infinity}": 1,
  shop_size_bytes_sum: 3,
  shop_size_bytes_count: 1,
  foreign_jobs_total: 2,
  foreign_open: -2,
  "foreign_time_milliseconds_bucket{le=1}": 0,
  "foreign_time_milliseconds_bucket{le=5}": 1,
  "foreign_time_milliseconds_bucket{le=Infinity}": 1,
  foreign_time_milliseconds_sum: 3,
  foreign_time_milliseconds_count: 1,
  "foreign_size_bytes_bucket{le=Infinity}": 1,
  foreign_size_bytes_sum: 3,
  foreign_size_bytes_count: 1,
  foreign_load: 0.5,
};

beforeAll(async () => {
  const { tarball } = await packPackage();
  await Promise.all(consumers.map(({ name }) => installConsumer(name, tarball)));
}, INSTALL_TIMEOUT_MS);

describe.each(consumers)("in $kind with SDK $sdk and API $api", ({ name, sdk, api }) => {
  it("npm installs the package beside exactly these versions", () => {
    expect(installedVersion(name, "@opentelemetry/sdk-metrics")).toBe(sdk);
    expect(installedVersion(name, "@opentelemetry/api")).toBe(api);
    const inside = join(projects[name]!, "node_modules/taskmon/node_modules");
    expect(existsSync(inside)).toBe(false);
  });

  it("the README's quick start compiles, our declarations and the SDK's included", async () => {
    const compiled = await run(process.execPath, [tsc, "-p", "."], { cwd: projects[name]! });
    expect(compiled).toMatchObject({ stdout: "", code: 0 });
  });

  it("the README's quick start serves a scrape, pushes OTLP and ends at SIGTERM", async () => {
    const receiver = await startOtlpReceiver();
    onTestFinished(() => receiver.stop());
    const port = await freePort();
    const service = await startReadme("quick-start", projects[name]!, receiver.url, port);

    const exposition = await scrape(
      `http://localhost:${port}/metrics`,
      /^target_info\{.*taskmon_task_number="0"/m,
    );
    expect(exposition).toMatch(/^taskmon_task_number(\{.*\})? 0$/m);
    expect(exposition).toMatch(/^target_info\{.*service_name="checkout"/m);
    // The SDK's own detectors are as they were.
    expect(exposition).toMatch(/^target_info\{.*process_runtime_name="nodejs"/m);
    expect(exposition).toMatch(/^shop_orders_placed_total\{.*channel="web".*\} 2$/m);

    service.kill("SIGTERM");
    const received = await receiver.waitFor(({ metrics }) => metrics.length > 0);
    expect(received.resource).toMatchObject({
      "service.name": "checkout",
      "taskmon.job.name": "web",
      "cloud.region": "eu-west-1",
      "process.runtime.name": "nodejs",
    });
    expect(Number(received.resource["taskmon.task.number"])).toBe(0);
    // By the signal: it has no exit code.
    expect(await service.ended).toMatchObject({ code: null, stderr: "" });
  });

  it("the README's health checks answer, and name the one that fails", async () => {
    const receiver = await startOtlpReceiver();
    onTestFinished(() => receiver.stop());
    const [port, healthPort] = [await freePort(), await freePort()];
    const env = { HEALTH_PORT: String(healthPort) };
    await startReadme("health", projects[name]!, receiver.url, port, env);
    const status = async (path: string): Promise<number> =>
      fetch(`http://127.0.0.1:${healthPort}${path}`).then(
        (response) => response.status,
        () => 0,
      );
    await expect.poll(() => status("/livez"), { timeout: 20_000 }).toBe(200);
    await expect.poll(() => status("/readyz"), { timeout: 20_000 }).toBe(503);
    await scrape(
      `http://localhost:${port}/metrics`,
      /^health_check_status\{.*health_check_name="stock".*health_check_state="fail".*\} 1$/m,
    );
  });

  it("the README's running program tells of its settings, answers, and shows what it has", async () => {
    const receiver = await startOtlpReceiver();
    onTestFinished(() => receiver.stop());
    const [port, httpPort] = [await freePort(), await freePort()];
    const env = { PORT: String(httpPort) };
    const service = await startReadme("running", projects[name]!, receiver.url, port, env);
    const answer = (): Promise<string> =>
      fetch(`http://127.0.0.1:${httpPort}/`).then(
        (response) => response.text(),
        () => "",
      );
    await expect.poll(answer, { timeout: 20_000 }).toBe("hello");
    service.kill("SIGTERM");
    const { stdout, stderr } = await service.ended;
    expect(stderr).toBe("");
    expect(stdout).toContain("code changed flushIntervalMs from 60000 to 30000");
    expect(stdout).toContain("code changed metrics.shop.noisy.enabled from true to false");
    expect(stdout).toMatch(/^shop\.orders\.placed · counter · \{order\}$/m);
    expect(stdout).toMatch(/^ +EUR +web +2$/m);
  });

  it("everything arrives in whatever order Taskmon and NodeSDK are shut down", async () => {
    const receiver = await startOtlpReceiver();
    onTestFinished(() => receiver.stop());
    const { stdout } = await runOk(process.execPath, ["built/shutdown.js"], {
      cwd: projects[name]!,
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_TRACES_EXPORTER: "none",
        OTEL_LOGS_EXPORTER: "none",
      },
    });
    const states = JSON.parse(stdout) as Record<string, string>;
    expect(Object.keys(states)).toHaveLength(4);
    for (const [order, state] of Object.entries(states)) {
      const exports = receiver.exports.filter(({ resource }) => resource["service.name"] === order);
      const counts = exports.flatMap(({ metrics }) =>
        metrics.flatMap((metric) => (metric.name === "work" ? metric.sum!.dataPoints : [])),
      );
      expect(Number(counts.at(-1)?.asDouble ?? counts.at(-1)?.asInt), order).toBe(3);
      const numbers = exports.map(({ resource }) => Number(resource["taskmon.task.number"]));
      expect(new Set(numbers), order).toEqual(new Set([0]));
      expect(state, order).toBe("released");
    }
  });

  it("our streams are those of the SDK's own instruments, under any views", async () => {
    const { stdout } = await runOk(process.execPath, ["built/run-oracle.js"], {
      cwd: projects[name]!,
    });
    expect(stdout).toBe("40 scenarios agree\n");
  });

  it("our reader in metricReaders answers scrapes with what was recorded, in every syntax", async () => {
    const { stdout } = await runOk(process.execPath, ["built/prometheus-reader.js"], {
      cwd: projects[name]!,
      env: { OTEL_TRACES_EXPORTER: "none", OTEL_LOGS_EXPORTER: "none" },
    });
    const answers = JSON.parse(stdout) as Record<string, { type: string; body: string }>;
    const bytes = (syntax: string): Buffer => Buffer.from(answers[syntax]!.body, "base64");
    const total = { text: "counter", openmetrics: undefined };
    for (const syntax of ["text", "openmetrics"] as const) {
      const { samples, types } = parse(bytes(syntax).toString());
      const values = samples
        .filter(({ name: sample }) => /^(shop|foreign)_/.test(sample))
        .map(({ name: sample, labels, value }) => {
          const le =
            labels["le"] === undefined
              ? ""
              : `{le=${Number(labels["le"].replace("+Inf", "Infinity"))}}`;
          return [`${sample}${le}`, value];
        });
      expect(Object.fromEntries(values), syntax).toEqual(RECORDED);
      expect(types.get("shop_orders_total")).toBe(total[syntax]);
      expect(samples.find(({ name: sample }) => sample === "target_info")!.labels).toMatchObject({
        service_name: "compat",
        taskmon_task_number: "0",
      });
    }
    expect(answers["protobuf"]!.type).toContain("encoding=delimited");
    for (const family of ["shop_orders_total", "shop_size_bytes", "foreign_size_bytes"]) {
      expect(bytes("protobuf").includes(family), family).toBe(true);
    }
  });

  it.each(["plain", "hex"])("the %s exposition is the same by both deliveries", async (naming) => {
    const texts = await expositions(name);
    const text = texts[`${naming} instruments`]!;
    expect(texts[`${naming} auto`]).toBe(text);
    expect(texts[`${naming} auto beside a catch-all`]).toBe(text);
    // The double-count trap: a catch-all view of the user's beside ours.
    expect(texts[`${naming} instruments beside a catch-all`]).toBe(text);
    const line = name.split("-", 2).join("-");
    await expect(`${text}\n`).toMatchFileSnapshot(`golden/${line}-${naming}.prom`);
  });
});

function installedVersion(consumer: string, name: string): string {
  const manifest = join(projects[consumer]!, "node_modules", name, "package.json");
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}

async function installConsumer(name: string, tarball: string): Promise<void> {
  const project = mkdtempSync(join(inject("testRun").folder, `${name}-`));
  projects[name] = project;
  cpSync(join(here, "consumers", name), project, { recursive: true });
  for (const file of [
    "stay-alive.cjs",
    "exposition.ts",
    "prometheus-reader.ts",
    "shutdown.ts",
    "oracle.ts",
    "run-oracle.ts",
  ])
    cpSync(join(here, file), join(project, file));
  for (const block of BLOCKS) {
    writeFileSync(join(project, `${block}.ts`), readmeCode(block));
  }
  await runOk(
    "npm",
    [
      "install",
      tarball,
      "--prefer-offline",
      "--ignore-scripts",
      "--no-package-lock",
      "--no-audit",
      "--no-fund",
    ],
    { cwd: project, timeoutMs: INSTALL_TIMEOUT_MS },
  );
}

async function startReadme(
  block: (typeof BLOCKS)[number],
  cwd: string,
  otlpUrl: string,
  port: number,
  env: Record<string, string> = {},
): Promise<Running> {
  const args = ["--require", "./stay-alive.cjs", `built/${block}.js`];
  const service = await start(process.execPath, args, {
    cwd,
    env: {
      TASKMON_STATE_DIR: join(cwd, "state"),
      OTEL_METRICS_EXPORTER: "otlp,prometheus",
      OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl,
      OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
      OTEL_TRACES_EXPORTER: "none",
      OTEL_LOGS_EXPORTER: "none",
      ...env,
    },
  });
  onTestFinished(() => service.kill("SIGKILL"));
  return service;
}

/** What `exposition.ts` prints in the consumer's project. */
async function expositions(name: string): Promise<Record<string, string>> {
  const { stdout } = await runOk(process.execPath, ["built/exposition.js"], {
    cwd: projects[name]!,
  });
  return JSON.parse(stdout) as Record<string, string>;
}

/** The exposition, once it says what is expected of it. */
async function scrape(url: string, expected: RegExp): Promise<string> {
  let last = "no answer";
  for (const deadline = performance.now() + 20_000; performance.now() < deadline; await sleep(50)) {
    const response = await fetch(url).catch(() => undefined);
    if (response === undefined) continue;
    last = await response.text();
    if (expected.test(last)) return last;
  }
  throw new Error(`${url} never said ${expected}; last: ${last}`);
}
