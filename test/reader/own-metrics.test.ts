import { diag, DiagLogLevel } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type ViewOptions,
} from "@opentelemetry/sdk-metrics";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { resolveIdentity } from "../../src/identity/identity.ts";
import { hexNaming } from "../../src/metrics/naming.ts";
import { MetricRegistry } from "../../src/metrics/registry.ts";
import {
  defineCounter,
  defineExponentialHistogram,
  defineGauge,
  defineHistogram,
  defineState,
} from "../../src/metrics/spec.ts";
import { attachReader } from "../../src/reader/attach.ts";
import { setup } from "./harness.ts";

const base = { service: "0xa", help: "A thing." } as const;
const orders = defineCounter({ ...base, id: "0x1", name: "orders", labels: ["currency"] });
const wait = defineHistogram({ ...base, id: "0x2", name: "wait", buckets: [1] });
const sizes = defineExponentialHistogram({ ...base, id: "0x3", name: "sizes" });
const level = defineGauge({ ...base, id: "0x4", name: "level" });
const state = defineState({ ...base, id: "0x5", name: "state" });
const identity = resolveIdentity({ app: "0xa0" }, "run-1", {});

interface Attached {
  readonly registry: MetricRegistry;
  readonly lease: ReturnType<typeof setup>["lease"];
  /** What the reader exports next: attributes and value of each point, by metric. */
  exported(): Promise<Record<string, unknown[]>>;
}

interface Given {
  readonly registry?: MetricRegistry;
  readonly temporality?: AggregationTemporality;
  /** Whether the user gives our views to the SDK. @default true */
  readonly withViews?: boolean;
  readonly theirs?: ViewOptions[];
  /** Registered before the views are read. */
  readonly early?: (registry: MetricRegistry) => void;
}

function attached(given: Given = {}): Attached {
  const registry = given.registry ?? new MetricRegistry({ delivery: "instruments" });
  const { lease, context } = setup(undefined, {
    registry,
    instanceLabel: () => (lease.number === undefined ? undefined : `task-${lease.number}`),
  });
  given.early?.(registry);
  const exporter = new InMemoryMetricExporter(
    given.temporality ?? AggregationTemporality.CUMULATIVE,
  );
  const reader = attachReader(new PeriodicExportingMetricReader({ exporter }), context);
  const ours = registry.views.read();
  const provider = new MeterProvider({
    readers: [reader],
    views: [...(given.withViews === false ? [] : ours), ...(given.theirs ?? [])],
  });
  onTestFinished(() => provider.shutdown().catch(() => undefined));
  registry.setMeterProvider(provider);
  lease.grant(0, 1);
  return {
    registry,
    lease,
    async exported() {
      exporter.reset();
      await reader.forceFlush();
      const metrics = exporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics)
        .flatMap((scope) => scope.metrics);
      return Object.fromEntries(
        metrics.map(({ descriptor, dataPoints }) => [
          descriptor.name,
          dataPoints.map(({ attributes, value }) => [attributes, value]),
        ]),
      );
    },
  };
}

const lines: string[] = [];
function listenToDiag(): void {
  const log = (...parts: unknown[]): unknown => lines.push(parts.slice(0, 2).join(" "));
  diag.setLogger(
    { error: log, warn: log, info: log, debug: log, verbose: log },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  lines.length = 0;
}
afterEach(() => diag.disable());

describe.each([AggregationTemporality.CUMULATIVE, AggregationTemporality.DELTA])(
  "a reader of temporality %i",
  (temporality) => {
    it("gets what no instrument can report, beside the SDK's", async () => {
      const { registry, exported } = attached({ temporality });
      registry.counter(orders).add(2, { currency: "EUR" });
      registry.exponentialHistogram(sizes).record(5);
      const metrics = await exported();
      expect(metrics.orders).toEqual([[{ currency: "EUR" }, 2]]);
      expect(metrics.sizes).toMatchObject([[{}, { count: 1, sum: 5 }]]);
    });

    it("gets everything from the producer where that is chosen", async () => {
      const registry = new MetricRegistry({ delivery: "auto" });
      const { exported } = attached({ registry, temporality });
      registry.counter(orders).add(2, { currency: "EUR" });
      registry.histogram(wait).record(0.5);
      expect(await exported()).toMatchObject({
        orders: [[{ currency: "EUR" }, 2]],
        wait: [[{}, { count: 1, sum: 0.5 }]],
      });
    });

    it("never sees a removed series, a cleared metric, or an unregistered one again", async () => {
      const { registry, exported } = attached({ temporality });
      const counter = registry.counter(orders);
      counter.add(1, { currency: "EUR" });
      counter.add(2, { currency: "USD" });
      registry.histogram(wait).record(1);
      registry.gauge(level).set(3);
      await exported();
      counter.remove({ currency: "EUR" });
      registry.histogram(wait).clear();
      registry.unregister(level);
      counter.add(1, { currency: "USD" });
      for (let round = 0; round < 2; round++) {
        const metrics = await exported();
        expect(JSON.stringify(metrics.orders ?? "")).not.toContain("EUR");
        expect(metrics.wait).toBeUndefined();
        expect(metrics.level).toBeUndefined();
      }
    });

    it("sees only the present state", async () => {
      const { registry, exported } = attached({ temporality });
      registry.state(state).set("open");
      await exported();
      registry.state(state).set("closed");
      expect((await exported()).state).toEqual([[{ state: "closed" }, 1]]);
    });
  },
);

describe("with the original's naming", () => {
  const registry = (): MetricRegistry =>
    new MetricRegistry({
      delivery: "instruments",
      naming: hexNaming("op"),
      identity,
    });
  const early = (given: MetricRegistry): void => given.counter(orders).add(2, { currency: "EUR" });

  it("removes series also where a view renames the metric", async () => {
    const metrics = registry();
    const { exported } = attached({ registry: metrics, early });
    expect((await exported()).op_a_1).toEqual([[{ currency: "EUR" }, 2]]);
    metrics.counter(orders).remove({ currency: "EUR" });
    expect((await exported()).op_a_1).toBeUndefined();
  });

  it("says once, and how to mend it, that the views were forgotten", async () => {
    listenToDiag();
    const { exported } = attached({ registry: registry(), early, withViews: false });
    expect(await exported()).toHaveProperty("orders");
    await exported();
    expect(lines).toEqual([
      'taskmon.metrics orders is exported without its name and constant labels, because the SDK was built without our views: add "views: taskmon.views" to its options (docs/metrics-from-specs.md)',
    ]);
  });

  it("leaves out the second stream that a catch-all view of the user's makes", async () => {
    listenToDiag();
    const { exported } = attached({
      registry: registry(),
      early,
      theirs: [{ instrumentName: "*" }],
    });
    const metrics = await exported();
    expect(metrics.op_a_1).toEqual([[{ currency: "EUR" }, 2]]);
    expect(metrics.orders).toBeUndefined();
    expect(lines.join()).toContain("Another view than ours matches orders");
  });
});

describe("a constant label that follows the task", () => {
  const form = { constantLabels: { instance: "task" }, identity } as const;

  it.each(["instruments", "auto"] as const)(
    "changes with the number, and nothing is counted twice: %s",
    async (delivery) => {
      const registry = new MetricRegistry({ ...form, delivery });
      const { lease, exported } = attached({ registry });
      registry.counter(orders).add(2, { currency: "EUR" });
      const labels = { currency: "EUR", domain: "0", app: "a0", release: "0", svc: "a" };
      expect((await exported()).orders).toEqual([[{ ...labels, instance: "task-0" }, 2]]);
      lease.grant(4, 2);
      registry.counter(orders).add(3, { currency: "EUR" });
      expect((await exported()).orders).toEqual([[{ ...labels, instance: "task-4" }, 3]]);
    },
  );
});
