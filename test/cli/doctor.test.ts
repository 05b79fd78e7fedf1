import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { beforeEach, describe, expect, inject, it, onTestFinished, vi } from "vitest";
import { clockFinding } from "../../src/cli/doctor/clock.ts";
import { processFindings } from "../../src/cli/doctor/endpoint.ts";
import { environmentFindings } from "../../src/cli/doctor/environment.ts";
import { exporterFindings } from "../../src/cli/doctor/exporter.ts";
import { type Finding, findingLines } from "../../src/cli/doctor/finding.ts";
import { nodeFinding } from "../../src/cli/doctor/node-version.ts";
import { packageFindings } from "../../src/cli/doctor/packages.ts";
import { samplesOf } from "../../src/cli/doctor/samples.ts";
import { storeFindings } from "../../src/cli/doctor/store.ts";
import { createTaskmon, sqliteAllocator } from "../../src/index.ts";
import { defineCounter } from "../../src/metrics/index.ts";
import { startScrapeEndpoint } from "../../src/prometheus/index.ts";
import { VERSION } from "../../src/shared/version.ts";
import { cli } from "./in-process.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(inject("testRun").folder, "doctor-"));
});

/** A package of this version below the folder's node_modules. */
function install(path: string, version: string): void {
  const file = join(folder, "node_modules", path, "package.json");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ name: path, version }));
}

async function serve(server: Server): Promise<string> {
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

/** The levels and messages, in short. */
const said = (findings: readonly Finding[]): string[] =>
  findings.map(({ level, message }) => `${level} ${message}`);

describe("packages", () => {
  it("are right where the SDK is of a line that is tested, and there is one of each", () => {
    install("@opentelemetry/api", "1.10.0");
    install("@opentelemetry/sdk-metrics", "3.1.1");
    install("taskmon", VERSION);
    expect(said(packageFindings(folder))).toEqual([
      "ok @opentelemetry/api 1.10.0",
      "ok @opentelemetry/sdk-metrics 3.1.1, which is tested",
    ]);
  });

  it("fail where the API is missing or old, or the SDK of another line", () => {
    expect(said(packageFindings(folder))[0]).toBe("fail @opentelemetry/api is not installed here");
    install("@opentelemetry/api", "1.8.0");
    install("@opentelemetry/sdk-metrics", "1.30.1");
    expect(said(packageFindings(folder))).toEqual([
      "fail @opentelemetry/api 1.8.0, and Taskmon needs 1.9 or later",
      "fail @opentelemetry/sdk-metrics 1.30.1, and Taskmon works with 2.12 and later, and 3.1 and later",
    ]);
  });

  it("warn of copies, of another Taskmon, and of another client of Prometheus", () => {
    install("@opentelemetry/api", "1.10.0");
    install("@some/thing/node_modules/@opentelemetry/api", "1.9.0");
    install("taskmon", "0.0.1");
    install("prom-client", "15.1.3");
    expect(said(packageFindings(folder)).slice(2)).toEqual([
      `warn taskmon 0.0.1 is installed, and this is ${VERSION}`,
      "warn 2 copies of @opentelemetry/api: 1.10.0, 1.9.0",
      "warn prom-client 15.1.3 is installed too",
    ]);
  });
});

it("knows which Node.js it needs", () => {
  expect(nodeFinding("22.15.0").level).toBe("ok");
  expect(nodeFinding("22.14.9").level).toBe("fail");
  expect(nodeFinding("20.20.2").level).toBe("fail");
});

it("reads from the variables what keeps metrics from leaving", () => {
  expect(said(environmentFindings({ OTEL_SERVICE_NAME: "shop" }))).toEqual([
    "ok service.name is shop",
  ]);
  const env = {
    OTEL_SDK_DISABLED: "true",
    TASKMON_ENABLED: "False",
    OTEL_METRICS_EXPORTER: "none",
    OTEL_CONFIG_FILE: "otel.yaml",
  };
  expect(environmentFindings(env).map(({ level }) => level)).toEqual([
    ...["fail", "fail", "warn", "warn", "warn"],
  ]);
});

describe("the exporter", () => {
  it("is asked with an empty export, its headers and its path", async () => {
    const asked: unknown[] = [];
    const url = await serve(
      createServer((request, response) => {
        void buffer(request).then((body) => {
          asked.push([request.url, body.length, request.headers["x-key"]]);
          response.writeHead(request.headers["x-key"] === "a b" ? 200 : 401).end();
        });
      }),
    );
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/`,
      OTEL_EXPORTER_OTLP_HEADERS: "x-key=a%20b",
    };
    const host = new URL(url).host;
    expect(said(await exporterFindings(env))).toEqual([
      `ok ${host} answers 200 to an empty export`,
      `ok ${host} and this machine agree`,
    ]);
    const metrics = {
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${url}/x`,
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: "http/json",
    };
    expect((await exporterFindings(metrics))[0]).toMatchObject({
      level: "fail",
      advice: "check OTEL_EXPORTER_OTLP_HEADERS",
    });
    expect(asked).toEqual([
      ["/v1/metrics", 0, "a b"],
      ["/x", 22, undefined],
    ]);
    const grpc = { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" };
    expect((await exporterFindings(grpc))[0]!.message).toContain("takes connections");
  });

  it("fails where it was named and is not there, and is left out where nobody exports to it", async () => {
    const url = await serve(createServer());
    const gone = createServer();
    await new Promise<void>((done) => void gone.listen(0, "127.0.0.1", done));
    const { port } = gone.address() as { port: number };
    await new Promise((done) => gone.close(done));
    const [finding] = await exporterFindings({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    });
    expect(finding!.level).toBe("fail");
    expect(finding!.message).toContain("ECONNREFUSED");
    const prometheus = { OTEL_METRICS_EXPORTER: "prometheus", OTEL_EXPORTER_OTLP_ENDPOINT: url };
    expect(said(await exporterFindings(prometheus))).toEqual([
      "skip OTEL_METRICS_EXPORTER does not name otlp",
    ]);
    expect((await exporterFindings({ OTEL_EXPORTER_OTLP_ENDPOINT: "collector" }))[0]!.level).toBe(
      "fail",
    );
  });
});

it("compares clocks by the date of an answer", () => {
  const now = Date.parse("2026-11-28T20:00:30Z");
  const at = (date: string | null): string[] => said(clockFinding("host", date, now));
  expect(at("Sat, 28 Nov 2026 20:00:28 GMT")).toEqual(["ok host and this machine agree"]);
  expect(at("Sat, 28 Nov 2026 20:00:00 GMT")).toEqual(["warn this machine is 30 s ahead of host"]);
  expect(at("Sat, 28 Nov 2026 20:01:30 GMT")).toEqual(["warn this machine is 60 s behind host"]);
  expect(at(null)).toEqual([]);
  expect(at("soon")).toEqual([]);
});

it("asks the store that the environment names, and the files of this host without one", async () => {
  const file = join(folder, "numbers.sqlite");
  expect((await storeFindings({ TASKMON_ALLOCATOR: `sqlite:${file}` }))[0]!.message).toContain(
    `there is no file ${file}`,
  );
  expect(said(await storeFindings({ TASKMON_STATE_DIR: folder }))).toEqual([
    "ok sqlite answers; 0 numbers are held",
  ]);
  vi.stubEnv("TASKMON_STATE_DIR", folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  const allocator = sqliteAllocator({ thread: false });
  const taskmon = createTaskmon({ target: { serviceName: "doctor" }, allocator, http: false });
  taskmon.start();
  await taskmon.task.settled();
  expect(said(await storeFindings({ TASKMON_STATE_DIR: folder }))).toEqual([
    "ok sqlite answers; 1 numbers are held",
  ]);
  expect((await cli("tasks")).out).toMatch(/^doctor +doctor .* 0 +held /m);
  await taskmon.shutdown();
  await allocator.close();
  const away = { TASKMON_ALLOCATOR: "postgres://me:secret@127.0.0.1:1/db" };
  const [finding] = await storeFindings(away);
  expect(finding!.level).toBe("fail");
  expect(findingLines(finding!)).not.toContain("secret");
});

describe("a running process", () => {
  const texts = (text: string): string[] => said(processFindings(samplesOf(text)));

  it("is looked at through its own scrape endpoint", async () => {
    vi.stubEnv("TASKMON_STATE_DIR", folder);
    vi.stubEnv("OTEL_METRICS_EXPORTER", "prometheus");
    onTestFinished(() => void vi.unstubAllEnvs());
    const taskmon = createTaskmon({ target: { serviceName: "patient" }, http: false });
    const endpoint = await startScrapeEndpoint({ taskmon, port: 0 });
    const { url } = endpoint.state as { url: string };
    const spec = defineCounter({ service: "shop", name: "sold", help: "S.", labels: ["channel"] });
    taskmon.metrics.counter(spec).add(1, {} as never);
    await taskmon.task.settled();
    await fetch(url);
    const { out, code } = await cli("doctor", url);
    expect(out).toMatch(/^ok {4}endpoint: .* answers \d+ samples$/m);
    expect(out).toMatch(/^ok {4}taskmon: up, as patient$/m);
    expect(out).toMatch(/^ok {4}number: 0, for \d+ s more$/m);
    expect(out).toMatch(
      /^ok {4}readers: PrometheusReader is attached: \d+ exports succeeded, 0 failed$/m,
    );
    expect(out).toMatch(/^ok {4}doubles: nothing is measured twice$/m);
    expect(out).toMatch(/^warn {2}measurements: 1 were dropped: wrong_labels$\n {6}→ /m);
    expect(code).toBe(0);
    const json = JSON.parse((await cli("doctor", url, "--json")).out) as Finding[];
    expect(json.map(({ topic }) => topic)).toContain("readers");
    await endpoint.stop();
    await taskmon.shutdown();
    const after = await cli("doctor", url);
    expect(after.code).toBe(1);
    expect(after.out).toMatch(/^fail {2}endpoint: .* cannot be reached: .*\n {6}→ is the process/m);
  });

  it("fails where it has nothing of Taskmon, or no export got through", () => {
    expect(texts("up 1\n")[0]).toBe("fail no taskmon_up: nothing of Taskmon is in the answer");
    expect(
      texts(
        [
          'target_info{service_name="a \\"b\\""} 1',
          "taskmon_up 1",
          'taskmon_task_heartbeats_total{taskmon_outcome="error"} 4',
          'taskmon_exports_total{taskmon_reader="P",taskmon_outcome="failure"} 3',
          'taskmon_exports_total{taskmon_reader="Q",taskmon_outcome="failure"} 1',
          'taskmon_exports_total{taskmon_reader="Q",taskmon_outcome="success"} 2',
        ].join("\n"),
      ),
    ).toEqual([
      'ok up, as a "b"',
      "warn the process has no task number; 4 heartbeats failed",
      "fail P is attached: 0 exports succeeded, 3 failed",
      "warn Q is attached: 2 exports succeeded, 1 failed",
      "ok nothing is measured twice",
    ]);
  });

  it("warns of what is measured twice", () => {
    const metric = "http_server_request_duration_seconds_count";
    expect(
      texts(
        `${metric}{otel_scope_name="taskmon.http"} 1\n${metric}{otel_scope_name="@opentelemetry/instrumentation-http"} 1`,
      ),
    ).toContain(
      `warn ${metric} comes from @opentelemetry/instrumentation-http and from taskmon.http`,
    );
  });

  it("is found by its id, with its own folder and environment", async () => {
    const child = spawn(process.execPath, ["-e", "console.log(1); setInterval(() => {}, 1000)"], {
      cwd: folder,
      env: { OTEL_SERVICE_NAME: "by-id", TASKMON_STATE_DIR: folder, OTEL_METRICS_EXPORTER: "none" },
    });
    onTestFinished(() => void child.kill());
    await once(child.stdout, "data");
    const { out, code } = await cli("doctor", "--pid", String(child.pid));
    expect(out).toContain("service.name is by-id");
    expect(out).toContain("fail  packages: @opentelemetry/api is not installed here");
    expect(code).toBe(1);
    expect((await cli("doctor", "--pid", "x")).code).toBe(2);
    expect((await cli("doctor", "--pid", "2147483647")).error).toContain("is not there");
    expect((await cli("doctor", "localhost:9464")).error).toContain("URL must be http or https");
  });
});
