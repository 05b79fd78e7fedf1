import { hostname } from "node:os";
import { metrics } from "@opentelemetry/api";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { NodeSDK, type NodeSDKConfiguration } from "@opentelemetry/sdk-node";
import { createTaskmon, memoryAllocator, type Taskmon, type TaskmonOptions } from "taskmon";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { ScriptedExporter } from "./harness.ts";
import { listenToDiag } from "./said.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  metrics.disable();
});

function taskmonOf(
  target: TaskmonOptions["target"],
  options: Partial<TaskmonOptions> = {},
): Taskmon {
  const taskmon = createTaskmon({
    ...(target !== undefined && { target }),
    allocator: memoryAllocator(),
    http: false,
    ...options,
  });
  onTestFinished(() => taskmon.shutdown());
  return taskmon;
}

type Attributes = ReturnType<typeof defaultResource>["attributes"];

/** What metrics are exported with, by NodeSDK and the target. */
async function byNodeSdk(
  taskmon: Taskmon,
  configuration: Partial<NodeSDKConfiguration> = {},
): Promise<Attributes> {
  const exporter = new ScriptedExporter();
  const sdk = new NodeSDK({
    instrumentations: [taskmon],
    metricReaders: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e9 })],
    spanProcessors: [],
    logRecordProcessors: [],
    ...configuration,
  });
  sdk.start();
  onTestFinished(() => sdk.shutdown().catch(() => undefined));
  await taskmon.flush.now();
  return exporter.batches.at(-1)!.resource.attributes;
}

/** What metrics are exported with, by a MeterProvider with a resource of the user's. */
async function byProvider(taskmon: Taskmon, attributes: Attributes): Promise<Attributes> {
  const exporter = new ScriptedExporter();
  const provider = new MeterProvider({
    resource: defaultResource().merge(resourceFromAttributes(attributes)),
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e9 })],
  });
  onTestFinished(() => provider.shutdown().catch(() => undefined));
  taskmon.setMeterProvider(provider);
  await taskmon.flush.now();
  return exporter.batches.at(-1)!.resource.attributes;
}

/** The lines about resources. */
function aboutResources(said: readonly string[]): string[] {
  return said.filter((line) => /metrics are exported with/.test(line));
}

describe("a provider that nobody gave a resource", () => {
  it("exports under the target and the identity, and says nothing", async () => {
    const said = listenToDiag();
    const taskmon = taskmonOf(
      { serviceName: "plain", jobName: "web", region: "eu-west-1", hostName: "h1" },
      { identity: { domain: "0xd1", app: "0xa1", release: "0xe1" } },
    );
    expect(await byProvider(taskmon, {})).toEqual({
      "service.name": "plain",
      "taskmon.job.name": "web",
      "cloud.region": "eu-west-1",
      "host.name": "h1",
      "taskmon.domain.id": "d1",
      "taskmon.app.id": "a1",
      "taskmon.release.id": "e1",
      "taskmon.task.number": 0,
      "service.instance.id": expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5/) as string,
      "telemetry.sdk.language": "nodejs",
      "telemetry.sdk.name": "opentelemetry",
      "telemetry.sdk.version": expect.any(String) as string,
    });
    expect(aboutResources(said)).toEqual([]);
  });

  it("keeps what NodeSDK's own detectors found, and replaces its random service.instance.id", async () => {
    const said = listenToDiag();
    const taskmon = taskmonOf({ serviceName: "detected", hostName: "h1" });
    expect(await byNodeSdk(taskmon)).toMatchObject({
      "service.name": "detected",
      "service.instance.id": expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5/) as string,
      "host.name": "h1",
      "host.arch": expect.any(String) as string,
      "os.type": expect.any(String) as string,
      "process.runtime.name": "nodejs",
    });
    expect(aboutResources(said)).toEqual([]);
  });
});

describe("the environment", () => {
  it.each([
    ["OTEL_SERVICE_NAME", "from-name", "from-name"],
    ["OTEL_RESOURCE_ATTRIBUTES", "service.name=from-attributes", "from-attributes"],
  ])("names the service by %s, where the target does not", async (variable, value, name) => {
    vi.stubEnv(variable, value);
    const said = listenToDiag();
    const taskmon = taskmonOf({ hostName: "h1" });
    expect(taskmon.task.target.serviceName).toBe(name);
    expect(await byNodeSdk(taskmon)).toMatchObject({ "service.name": name });
    expect(aboutResources(said)).toEqual([]);
  });

  it("gives way to the target that code gives, which is said", async () => {
    vi.stubEnv("OTEL_SERVICE_NAME", "env-a");
    vi.stubEnv("OTEL_RESOURCE_ATTRIBUTES", "service.name=env-b,cloud.region=r-env,team=t");
    const said = listenToDiag();
    const taskmon = taskmonOf({ serviceName: "code-a", region: "r-code", hostName: "h1" });
    expect(await byNodeSdk(taskmon)).toMatchObject({
      "service.name": "code-a",
      "cloud.region": "r-code",
      team: "t",
    });
    expect(aboutResources(said)).toEqual([
      expect.stringContaining(
        "The environment says service.name is env-a, the target says code-a: metrics are exported with code-a",
      ),
      expect.stringContaining("The environment says cloud.region is r-env, the target says r-code"),
    ]);
  });

  it("gives its service.instance.id up to the number's, which is said once for all readers", async () => {
    vi.stubEnv("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=ns.pod-7.app");
    const said = listenToDiag();
    const taskmon = taskmonOf({ serviceName: "instance-env", hostName: "h1" });
    const attributes = await byNodeSdk(taskmon);
    expect(attributes["service.instance.id"]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5/);
    await byProvider(taskmon, { "service.instance.id": "ns.pod-7.app" });
    expect(aboutResources(said)).toEqual([
      expect.stringContaining(
        "The environment says service.instance.id is ns.pod-7.app, Taskmon says",
      ),
    ]);
  });
});

describe("a resource of the user's own", () => {
  it("wins over the target, since traces and logs have it too; which is said", async () => {
    const said = listenToDiag();
    const taskmon = taskmonOf({ serviceName: "target-b", jobName: "web", hostName: "h1" });
    expect(
      await byProvider(taskmon, { "service.name": "own-b", "host.name": "own-host", x: 1 }),
    ).toMatchObject({
      "service.name": "own-b",
      "taskmon.job.name": "web",
      "host.name": "own-host",
      "taskmon.task.number": 0,
      x: 1,
    });
    expect(aboutResources(said)).toEqual([
      expect.stringContaining(
        "The MeterProvider's resource says service.name is own-b, the target says target-b: metrics are exported with own-b",
      ),
      expect.stringContaining("says host.name is own-host, the target says h1"),
    ]);
  });

  it("wins as NodeSDK's serviceName too, also over the environment", async () => {
    vi.stubEnv("OTEL_SERVICE_NAME", "env-c");
    const said = listenToDiag();
    const taskmon = taskmonOf({ hostName: "h1" });
    const attributes = await byNodeSdk(taskmon, { serviceName: "sdk-c" });
    expect(attributes).toMatchObject({ "service.name": "sdk-c" });
    expect(aboutResources(said)).toEqual([
      expect.stringContaining("says service.name is sdk-c, the target says env-c"),
    ]);
  });

  it("says nothing where it says what the target says, and of what a detector found", async () => {
    const said = listenToDiag();
    const taskmon = taskmonOf({ serviceName: "same", hostName: "h-mine" });
    const attributes = await byProvider(taskmon, {
      "service.name": "same",
      "host.name": hostname(),
    });
    expect(attributes).toMatchObject({ "service.name": "same", "host.name": "h-mine" });
    expect(aboutResources(said)).toEqual([]);
  });

  it("gives an explicit service.instance.id up to the number's, which is said", async () => {
    const said = listenToDiag();
    const taskmon = taskmonOf({ serviceName: "instance-own", hostName: "h1" });
    const attributes = await byProvider(taskmon, { "service.instance.id": "mine-1" });
    expect(attributes["service.instance.id"]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5/);
    expect(aboutResources(said)).toEqual([
      expect.stringContaining("The MeterProvider's resource says service.instance.id is mine-1"),
    ]);
  });

  it("may have our detector's attributes, as before", async () => {
    const said = listenToDiag();
    const taskmon = taskmonOf({ serviceName: "with-detector", hostName: "h1" });
    const attributes = await byProvider(taskmon, taskmon.resourceDetector.detect().attributes);
    expect(attributes).toMatchObject({ "service.name": "with-detector", "host.name": "h1" });
    expect(attributes).not.toHaveProperty("taskmon.instance.id");
    expect(aboutResources(said)).toEqual([]);
  });
});

it("leaves the place out under a number of a whole fleet, and says nothing of its name", async () => {
  const said = listenToDiag();
  const base = memoryAllocator();
  const allocator: TaskmonOptions["allocator"] = {
    name: base.name,
    scope: "fleet",
    notifyTaskIsAlive: (...args) => base.notifyTaskIsAlive(...args),
    release: (...args) => base.release(...args),
  };
  const taskmon = taskmonOf({ serviceName: "fleet", hostName: "h1" }, { allocator });
  const attributes = await byProvider(taskmon, { "host.name": "elsewhere" });
  expect(attributes).not.toHaveProperty("host.name");
  expect(aboutResources(said)).toEqual([]);
});

it("puts the target into what a process exports without a number, and into the answer to a scrape", async () => {
  const taskmon = taskmonOf(
    { serviceName: "unnumbered", hostName: "h1" },
    {
      lease: { unnumberedHoldMs: 0 },
      allocator: {
        name: "none",
        scope: "host",
        notifyTaskIsAlive: async () => ({ kind: "no_number" }),
        release: async () => true,
      },
    },
  );
  expect(await byProvider(taskmon, {})).toMatchObject({
    "service.name": "unnumbered",
    "host.name": "h1",
    "service.instance.id": taskmon.identity.instanceId,
  });
});
