import { join } from "node:path";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { type OtlpExport, type OtlpReceiver, startOtlpReceiver } from "../setup/otlp-receiver.ts";
import { run, type Running, start } from "../setup/run.ts";
import { freePort } from "../setup/servers.ts";

const programs = join(import.meta.dirname, "programs");
const flags = ["--conditions=@taskmon/source", "--experimental-strip-types", "--no-warnings"];

/** Starts a program with `taskmon/register`, on a service name that no other test has. */
async function startProgram(
  program: string,
  env: Readonly<Record<string, string>>,
  how: "--import" | "--require" = "--import",
  others: readonly string[] = [],
): Promise<Running & { readonly url: string; readonly service: string }> {
  const port = await freePort();
  const service = `register-${port}`;
  const running = await start(
    process.execPath,
    [...flags, how, "taskmon/register", ...others, join(programs, program)],
    {
      cwd: programs,
      env: {
        ...{ PORT: String(port), OTEL_SERVICE_NAME: service },
        ...{ TASKMON_STATE_DIR: join(inject("testRun").folder, "register-state") },
        ...env,
      },
    },
  );
  onTestFinished(() => running.kill("SIGKILL"));
  return { ...running, url: `http://127.0.0.1:${port}/`, service };
}

async function receiver(): Promise<OtlpReceiver> {
  const started = await startOtlpReceiver();
  onTestFinished(() => started.stop());
  return started;
}

const has =
  (name: string) =>
  ({ metrics }: OtlpExport): boolean =>
    metrics.some((metric) => metric.name === name);

const otlp = (url: string): Record<string, string> => ({
  OTEL_METRICS_EXPORTER: "otlp",
  OTEL_TRACES_EXPORTER: "none",
  OTEL_LOGS_EXPORTER: "none",
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_METRIC_EXPORT_INTERVAL: "500",
  OTEL_METRIC_EXPORT_TIMEOUT: "400",
});

async function text(url: string, path = ""): Promise<string> {
  return fetch(new URL(path, url)).then(
    (response) => response.text(),
    () => "",
  );
}

/** The exposition, once it matches. */
async function scrape(port: number, pattern: RegExp): Promise<string> {
  let body = "";
  await expect
    .poll(async () => (body = await text(`http://127.0.0.1:${port}/metrics`)), { timeout: 20_000 })
    .toMatch(pattern);
  return body;
}

describe("node --import taskmon/register, with variables alone", () => {
  it("starts an SDK, exports requests under a number, and ends by SIGTERM after a last export", async () => {
    const received = await receiver();
    const program = await startProgram("server.mjs", otlp(received.url));
    await expect.poll(() => text(program.url), { timeout: 20_000 }).toBe("hello");

    const { resource } = await received.waitFor(has("http.server.request.duration"));
    expect(resource).toMatchObject({ "service.name": program.service });
    expect(Number(resource["taskmon.task.number"])).toBe(0);

    await text(program.url);
    const soFar = received.exports.length;
    program.kill("SIGTERM");
    // By the signal: it has no exit code.
    expect(await program.ended).toEqual({ code: null, stdout: "", stderr: "" });
    expect(received.exports.length).toBeGreaterThan(soFar);
  });

  it("serves /metrics and health where TASKMON_SCRAPE_PORT and TASKMON_HEALTH_PORT say so, without an SDK", async () => {
    const [port, healthPort] = [await freePort(), await freePort()];
    const program = await startProgram(
      "server.cjs",
      {
        ...{ TASKMON_SCRAPE_PORT: String(port), TASKMON_HEALTH_PORT: String(healthPort) },
        ...{ TASKMON_JOB_NAME: "web", TASKMON_APP_ID: "0xa1" },
      },
      "--require",
    );
    await expect.poll(() => text(program.url), { timeout: 20_000 }).toBe("hello");
    const body = await scrape(port, /^http_server_request_duration_seconds_count/m);
    await scrape(port, /^taskmon_task_number(\{.*\})? 0$/m);
    expect(body).toMatch(
      new RegExp(`^target_info\\{service_name="${program.service}".*"web"`, "m"),
    );
    expect(await text(`http://127.0.0.1:${healthPort}/readyz`)).toBe("pass\n");

    program.kill("SIGTERM");
    // The program's own listener decides.
    expect(await program.ended).toEqual({ code: 7, stdout: "", stderr: "" });
  });

  it("shows what the program's own instruments measure, at /metrics too", async () => {
    const received = await receiver();
    const port = await freePort();
    const env = { ...otlp(received.url), TASKMON_SCRAPE_PORT: String(port) };
    const program = await startProgram("own-sdk.mjs", env);
    await scrape(port, /^shop_orders_total(\{.*\})? 3$/m);
    await received.waitFor(has("shop.orders"));
    program.kill("SIGTERM");
    await program.ended;
  });

  it("gives way to an SDK that the program starts itself, and joins it", async () => {
    const received = await receiver();
    const program = await startProgram("own-sdk.mjs", {
      ...otlp(received.url),
      ...{ OTEL_SERVICE_NAME: "", OTEL_TRACES_EXPORTER: "otlp", OTEL_LOG_LEVEL: "error" },
    });
    const own = await received.waitFor(has("shop.orders"));
    expect(own.resource).toMatchObject({ "service.name": "own" });
    // What our SDK says as it goes has the name that the environment did not give.
    await received.waitFor(
      (each) => has("taskmon.task.number")(each) && each.resource["service.name"] === "own",
    );
    program.kill("SIGTERM");
    const { stdout, stderr } = await program.ended;
    // OpenTelemetry's API would have refused the program's SDK, and said so.
    expect(stderr).toBe("");
    expect(stdout).toBe("spans of own\n");
  });

  it("starts the SDK of an OTEL_CONFIG_FILE, and joins its readers", async () => {
    const received = await receiver();
    const program = await startProgram("server.mjs", {
      OTEL_CONFIG_FILE: join(programs, "otel-config.yaml"),
      OTLP_METRICS_URL: new URL("v1/metrics", received.url).href,
    });
    await expect.poll(() => text(program.url), { timeout: 20_000 }).toBe("hello");
    const { resource } = await received.waitFor(has("http.server.request.duration"));
    expect(resource).toMatchObject({ "service.name": "from-file" });
    expect(Number(resource["taskmon.task.number"])).toBe(0);
    program.kill("SIGTERM");
    expect(await program.ended).toMatchObject({ code: null });
  });

  it("joins auto-instrumentations-node/register, whose listener ends no process, and ends it", async () => {
    const received = await receiver();
    const beside = ["--import", join(programs, "auto-instrumentations-node.mjs")];
    const env = otlp(received.url);
    const program = await startProgram("server.mjs", env, "--import", beside);
    await expect.poll(() => text(program.url), { timeout: 20_000 }).toBe("hello");
    await received.waitFor(has("http.server.request.duration"));
    program.kill("SIGTERM");
    expect(await program.ended).toEqual({ code: null, stdout: "", stderr: "" });
  });

  it("lets a job that is done export for the last time, and keeps its exit code", async () => {
    const received = await receiver();
    const program = await startProgram("job.mjs", otlp(received.url));
    expect(await program.ended).toEqual({ code: 3, stdout: "", stderr: "" });
    await received.waitFor(has("job.items"), 0);
  });

  it("does nothing in a worker thread", async () => {
    const program = await startProgram("worker.mjs", {});
    expect(await program.ended).toEqual({
      ...{ code: 0, stderr: "" },
      stdout: "registered in the thread: false\n",
    });
  });
});

/** Programs of tests are silent otherwise. */
const HEARD = { TASKMON_LOG: "" };

describe("a variable that is wrong", () => {
  it("is said with its error's code and left out; the program goes on with the others", async () => {
    const port = await freePort();
    const program = await startProgram("server.mjs", {
      ...{ TASKMON_SCRAPE_PORT: String(port), TASKMON_JOB_NAME: "web" },
      ...{ TASKMON_LEASE_MS: "soon", TASKMON_APP_ID: "-1", TASKMON_DEV_MODE: "yes" },
      ...{ TASKMON_ALLOCATOR: "mysql://root:geheim@db", ...HEARD },
    });
    await expect.poll(() => text(program.url), { timeout: 20_000 }).toBe("hello");
    await scrape(port, /^target_info\{.*taskmon_job_name="web".*taskmon_task_number="0"/m);
    program.kill("SIGTERM");
    const { code, stderr } = await program.ended;
    expect(code).toBeNull();
    // The line that a program writes at its start may come or not.
    const lines = stderr.split("\n").filter((line) => line.includes(" warn "));
    expect(lines).toEqual([
      expect.stringContaining("ERR_TASKMON_INVALID_OPTION: Option TASKMON_APP_ID must be"),
      expect.stringContaining("ERR_TASKMON_INVALID_OPTION: Option TASKMON_LEASE_MS must be"),
      expect.stringContaining("ERR_TASKMON_INVALID_OPTION: Option TASKMON_DEV_MODE must be"),
      expect.stringContaining("ERR_TASKMON_INVALID_OPTION: Option TASKMON_ALLOCATOR must be"),
    ]);
    expect(stderr).not.toContain("geheim");
  });

  it("does not hide that two do not go together", async () => {
    const env = { TASKMON_LEASE_MS: "600", TASKMON_HEARTBEAT_MS: "59000", ...HEARD };
    const { stderr, code } = await (await startProgram("job.mjs", env)).ended;
    expect(stderr).toMatch(
      /^taskmon: warn register: ERR_TASKMON_INVALID_OPTION: Option lease\.leaseMs/,
    );
    expect(code).toBe(3);
  });

  it("says which package is missing where an SDK is asked for", async () => {
    const folder = inject("testRun").folder;
    const root = join(import.meta.dirname, "../..");
    const { stderr, code } = await run(
      process.execPath,
      [...flags, "--import", join(root, "src/register/index.ts"), "--eval", "1"],
      {
        cwd: folder,
        env: { TASKMON_SDK: "start", TASKMON_ALLOCATOR: "redis://localhost", ...HEARD },
      },
    );
    expect(code).toBe(0);
    expect(stderr).toContain("npm install @opentelemetry/sdk-node");
    expect(stderr).toContain("npm install redis");
  });
});
