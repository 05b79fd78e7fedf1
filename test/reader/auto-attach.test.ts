import { createNoopMeter, metrics, type MeterProvider as ApiProvider } from "@opentelemetry/api";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import {
  AggregationTemporality,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { createTaskmon, memoryAllocator, type Taskmon, type TaskmonOptions } from "taskmon";
import { defineCounter } from "taskmon/metrics";
import { expect, it, onTestFinished } from "vitest";
import { ScriptedExporter } from "./harness.ts";
import { listenToDiag } from "./said.ts";

const orders = defineCounter({ service: "0xa", id: "0x1", name: "orders", help: "Orders." });

let services = 0;

function taskmonOf(options: TaskmonOptions = {}): Taskmon {
  const taskmon = createTaskmon({
    target: { serviceName: `auto-${services++}`, hostName: "h" },
    allocator: memoryAllocator(),
    http: false,
    ...options,
  });
  onTestFinished(() => taskmon.shutdown());
  return taskmon;
}

function push(): { exporter: ScriptedExporter; reader: PeriodicExportingMetricReader } {
  const exporter = new ScriptedExporter();
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e9 });
  return { exporter, reader };
}

function providerOf(...readers: PeriodicExportingMetricReader[]): MeterProvider {
  const provider = new MeterProvider({ readers });
  onTestFinished(() => provider.shutdown().catch(() => undefined));
  return provider;
}

/** The numbers under which batches left. */
function numbersOf({ batches }: ScriptedExporter): unknown[] {
  return batches.map(({ resource }) => resource.attributes["taskmon.task.number"]);
}

it("attaches the readers of the provider that it is handed", async () => {
  const taskmon = taskmonOf();
  const { exporter, reader } = push();
  const provider = providerOf(
    reader,
    new PrometheusExporter({ preventServerStart: true }) as never,
  );
  taskmon.metrics.counter(orders).add(3);
  taskmon.setMeterProvider(provider);
  expect(taskmon.readers.list.map(({ name, kind }) => [name, kind])).toEqual([
    ["PeriodicExportingMetricReader", "push"],
    ["PrometheusExporter", "pull"],
  ]);
  await provider.forceFlush();
  expect(numbersOf(exporter)).toEqual([0]);
  expect(exporter.last("orders")).toEqual([expect.objectContaining({ value: 3 })]);
  expect(taskmon.readers.list[0]).toMatchObject({ successes: 1, isHeld: false });
});

/** Calls the `collect` that it had when it was made, as one that takes the method out of the class does. */
class CapturingReader extends PeriodicExportingMetricReader {
  readonly #captured = this.collect.bind(this);
  readonly #to: ScriptedExporter;

  constructor(exporter: ScriptedExporter) {
    super({ exporter, exportIntervalMillis: 1e9 });
    this.#to = exporter;
  }

  protected override async onForceFlush(): Promise<void> {
    const { resourceMetrics } = await this.#captured();
    if (resourceMetrics.scopeMetrics.length > 0) this.#to.export(resourceMetrics, () => undefined);
  }
}

it.each(["found", "attached by hand"])(
  "sees the collections of a reader that captured its own collect, %s: flush and shutdown",
  async (how) => {
    const taskmon = taskmonOf();
    const exporter = new ScriptedExporter();
    const reader = new CapturingReader(exporter);
    if (how === "attached by hand") taskmon.attach(reader);
    const provider = providerOf(reader);
    taskmon.setMeterProvider(provider);
    await provider.forceFlush();
    await provider.shutdown();
    expect(numbersOf(exporter)).toEqual([0, 0]);
  },
);

it("leaves a reader that was attached by hand as it is", async () => {
  const taskmon = taskmonOf();
  const { reader } = push();
  taskmon.attach(reader, { name: "mine" });
  const provider = providerOf(reader);
  taskmon.setMeterProvider(provider);
  taskmon.setMeterProvider(provider);
  expect(taskmon.readers.list.map(({ name }) => name)).toEqual(["mine"]);
});

it("attaches nothing with autoAttach: false", async () => {
  const taskmon = taskmonOf({ autoAttach: false });
  const { exporter, reader } = push();
  const provider = providerOf(reader);
  taskmon.setMeterProvider(provider);
  taskmon.metrics.counter(orders).add(3);
  await provider.forceFlush();
  expect(taskmon.readers.list).toEqual([]);
  expect(numbersOf(exporter)).toEqual([undefined]);
  expect(exporter.last("orders")).toEqual([expect.objectContaining({ value: 3 })]);
});

it("says nothing of the no-op provider that NodeSDK hands over first", async () => {
  const said = listenToDiag();
  const taskmon = taskmonOf();
  const { exporter, reader } = push();
  const sdk = new NodeSDK({
    instrumentations: [taskmon],
    metricReaders: [reader],
    spanProcessors: [],
    logRecordProcessors: [],
  });
  onTestFinished(async () => {
    await sdk.shutdown();
    metrics.disable();
  });
  sdk.start();
  await taskmon.flush.now();
  expect(numbersOf(exporter)).toEqual([0]);
  expect(said).toEqual([]);
});

/** A provider whose readers are where nobody looks. */
class ForeignProvider implements ApiProvider {
  getMeter(): ReturnType<ApiProvider["getMeter"]> {
    return createMeterThatIsNotNoop();
  }
}

function createMeterThatIsNotNoop(): ReturnType<ApiProvider["getMeter"]> {
  return Object.create(createNoopMeter()) as ReturnType<ApiProvider["getMeter"]>;
}

it("says in one line what to do where a provider's readers are not found", () => {
  const said = listenToDiag();
  const taskmon = taskmonOf();
  taskmon.setMeterProvider(new ForeignProvider());
  taskmon.setMeterProvider(new ForeignProvider());
  const lines = said.filter((line) => line.includes("ForeignProvider"));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(
    /readers of this ForeignProvider were not found.*call taskmon\.attach\(reader\) for each/,
  );
});

it("says nothing where the readers of such a provider were attached by hand", () => {
  const said = listenToDiag();
  const taskmon = taskmonOf();
  taskmon.attach(push().reader);
  taskmon.setMeterProvider(new ForeignProvider());
  expect(said.filter((line) => line.includes("ForeignProvider"))).toEqual([]);
});

it("does not take a reader from another Taskmon object", () => {
  const [first, second] = [taskmonOf(), taskmonOf()];
  const provider = providerOf(push().reader);
  first.setMeterProvider(provider);
  second.setMeterProvider(provider);
  expect(first.readers.list).toHaveLength(1);
  expect(second.readers.list).toEqual([]);
});

it("does not throw into the SDK for a reader that cannot be attached", () => {
  const said = listenToDiag();
  const taskmon = taskmonOf();
  const { reader } = push();
  const provider = providerOf(reader);
  Object.freeze(reader);
  taskmon.setMeterProvider(provider);
  expect(taskmon.readers.list).toEqual([]);
  expect(said.filter((line) => line.includes("could not be attached"))).toHaveLength(1);
});

it.each([
  ["cumulative", AggregationTemporality.CUMULATIVE],
  ["delta", AggregationTemporality.DELTA],
])(
  "leaves the readers to a second Taskmon object on the provider at its end: %s",
  async (_, temporality) => {
    const [first, second] = [taskmonOf(), taskmonOf()];
    const exporter = new ScriptedExporter(temporality);
    const provider = providerOf(
      new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e9 }),
    );
    first.metrics.counter(orders).add(1);
    const sales = defineCounter({ service: "0xb", id: "0x1", name: "sales", help: "Sales." });
    const counter = second.metrics.counter(sales);
    first.setMeterProvider(provider);
    second.setMeterProvider(provider);
    counter.add(2);
    await first.shutdown();
    expect(exporter.last("orders")).toEqual([expect.objectContaining({ value: 1 })]);
    expect(exporter.last("sales")).toEqual([expect.objectContaining({ value: 2 })]);

    counter.add(3);
    await provider.forceFlush();
    const isDelta = temporality === AggregationTemporality.DELTA;
    expect(exporter.last("sales")).toEqual([expect.objectContaining({ value: isDelta ? 3 : 5 })]);
    expect(exporter.last("orders")).toEqual([]);
    expect(exporter.batches.at(-1)!.resource.attributes["taskmon.task.number"]).toBeUndefined();
  },
);

it("sends nothing more after its end where nobody else uses the reader", async () => {
  const [first, second] = [taskmonOf(), taskmonOf()];
  const { exporter, reader } = push();
  const provider = providerOf(reader);
  first.setMeterProvider(provider);
  second.setMeterProvider(provider);
  await second.shutdown();
  await first.shutdown();
  const before = exporter.batches.length;
  provider.getMeter("host").createCounter("c").add(1);
  await provider.forceFlush().catch(() => undefined);
  expect(exporter.batches).toHaveLength(before);
});
