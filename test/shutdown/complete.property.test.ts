import {
  AggregationTemporality,
  type PushMetricExporter,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { endReader, settleReader } from "../../src/reader/attach.ts";
import { Ending } from "../../src/shutdown/ending.ts";
import { attachedProvider, setup } from "../reader/harness.ts";

/** What becomes of one batch. */
type Fate =
  | "ok"
  /** The receiver has it; its answer is lost. */
  | "answer lost"
  | "request lost"
  | "no connection"
  | "denied"
  /** The exporter throws. */
  | "throws";

const ERRORS: Partial<Record<Fate, unknown>> = {
  "no connection": "ECONNREFUSED",
  denied: 400,
};

/** Does with each batch what the script says, again and again. */
class FatefulExporter implements PushMetricExporter {
  readonly received: ResourceMetrics[] = [];
  script: readonly Fate[] = ["ok"];
  readonly #temporality: AggregationTemporality;
  #next = 0;

  constructor(temporality: AggregationTemporality) {
    this.#temporality = temporality;
  }

  selectAggregationTemporality(): AggregationTemporality {
    return this.#temporality;
  }

  export(batch: ResourceMetrics, done: (result: { code: number; error?: Error }) => void): void {
    const fate = this.script[this.#next++ % this.script.length]!;
    if (fate === "ok" || fate === "answer lost") this.received.push(batch);
    if (fate === "throws") throw new Error("thrown");
    if (fate === "ok") done({ code: 0 });
    else done({ code: 1, error: Object.assign(new Error(fate), { code: ERRORS[fate] }) });
  }

  async forceFlush(): Promise<void> {
    // Nothing waits.
  }

  async shutdown(): Promise<void> {
    // Nothing is held.
  }

  /** What the receiver makes of a counter: what all of its streams brought. */
  total(counter: string): number {
    const isDelta = this.#temporality === AggregationTemporality.DELTA;
    const streams = new Map<string, number>();
    for (const { resource, scopeMetrics } of this.received) {
      const owner = String(resource.attributes["service.instance.id"]);
      for (const metric of scopeMetrics.flatMap(({ metrics }) => metrics)) {
        if (metric.descriptor.name !== counter) continue;
        for (const { startTime, value } of metric.dataPoints) {
          const stream = isDelta ? "" : `${owner} ${startTime.join(".")}`;
          const before = isDelta ? (streams.get(stream) ?? 0) : 0;
          streams.set(stream, before + Number(value));
        }
      }
    }
    return [...streams.values()].reduce((sum, value) => sum + value, 0);
  }
}

const fates = fc.array(
  fc.oneof(
    { arbitrary: fc.constant<Fate>("ok"), weight: 6 },
    {
      arbitrary: fc.constantFrom<Fate>(
        ...(["answer lost", "request lost", "no connection", "denied", "throws"] as const),
      ),
      weight: 2,
    },
  ),
  { minLength: 1, maxLength: 3 },
);

type Step =
  | { readonly kind: "add"; readonly counter: "a" | "b"; readonly amount: number }
  | { readonly kind: "export"; readonly script: readonly Fate[] }
  | { readonly kind: "lose" }
  | { readonly kind: "grant" };

const steps = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant("add" as const),
      counter: fc.constantFrom("a" as const, "b" as const),
      amount: fc.integer({ min: 1, max: 9 }),
    }),
    fc.record({ kind: fc.constant("export" as const), script: fates }),
    fc.constantFrom<Step>({ kind: "lose" }, { kind: "grant" }),
  ),
  { maxLength: 12 },
);

/** Nobody knows what became of the export; then the streams begin again, after it. */
const LOST_BEFORE_A_GRANT: Step[] = [
  { kind: "add", counter: "a", amount: 1 },
  { kind: "export", script: ["request lost"] },
  { kind: "grant" },
];

describe.each([
  ["cumulative", AggregationTemporality.CUMULATIVE],
  ["delta", AggregationTemporality.DELTA],
])("of %s streams, a shutdown that says it is complete", (_, temporality) => {
  it("left nothing behind that was recorded before it, whatever became of any export", async () => {
    let complete = 0;
    await fc.assert(
      fc.asyncProperty(steps, fates, fc.boolean(), async (before, last, splits) => {
        const { clock, lease, context } = setup();
        const exporter = new FatefulExporter(temporality);
        const { provider, reader } = attachedProvider(context, exporter, {
          ...(splits && { maxExportBatchSize: 1 }),
        });
        const meter = provider.getMeter("m");
        const counters = { a: meter.createCounter("a"), b: meter.createCounter("b") };
        const recorded = { a: 0, b: 0 };
        let epoch = 0;
        lease.grant(0, (epoch += 1));
        for (const step of before) {
          await clock.advance(1_000);
          if (step.kind === "lose") lease.lose();
          if (step.kind === "grant") lease.grant(0, (epoch += 1));
          if (step.kind === "add") {
            counters[step.counter].add(step.amount);
            recorded[step.counter] += step.amount;
          }
          if (step.kind === "export") {
            exporter.script = step.script;
            await reader.forceFlush();
          }
        }
        exporter.script = last;
        const ending = new Ending({
          clock,
          task: {
            async stopHeartbeats() {
              // There are none.
            },
            async release() {
              lease.state = "released";
            },
          },
          readers: () => [reader],
          endReader,
          settleReader,
          close: () => undefined,
        });
        const report = await ending.run();
        if (report.complete) {
          complete += 1;
          expect({ a: exporter.total("a"), b: exporter.total("b") }).toEqual(recorded);
        }
        lease.state = "released";
        await provider.shutdown();
      }),
      { numRuns: 150, examples: [[LOST_BEFORE_A_GRANT, ["ok"], false]] },
    );
    // It is not that nothing is ever complete.
    expect(complete).toBeGreaterThan(10);
  });
});
