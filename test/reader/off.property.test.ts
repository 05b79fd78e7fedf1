import { AggregationTemporality } from "@opentelemetry/sdk-metrics";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attachedProvider, type Mode, ScriptedExporter, setup, steppedClock } from "./harness.ts";
import { Receiver } from "./receiver.ts";

/** How many schedules; a nightly run sets more. */
const RUNS = Number(process.env.TASKMON_STREAM_RUNS ?? 100);

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("measure" as const), amount: fc.nat(9) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("flush" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("flushAndLose" as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("on", "off") }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("grant", "lose", "renew") }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("fate" as const),
      mode: fc.constantFrom<Mode>("ok", "ok", "refused", "answer_lost"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("advance" as const),
      ms: fc.constantFrom(0, 1, 1_000, 100_000),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** What all streams together brought that had an owner, and what came while off. */
async function bring(
  steps: readonly Step[],
  temporality: AggregationTemporality,
  maxExportBatchSize: number | undefined,
): Promise<{ readonly measured: number; readonly brought: number; readonly lossy: boolean }> {
  const { clock, lease, context, mode } = setup(steppedClock());
  const receiver = new Receiver();
  const isDelta = temporality === AggregationTemporality.DELTA;
  let measured = 0;
  let off = 0;
  let lossy = false;
  /** Up to where the receiver has what was measured. */
  let level = 0;
  const exporter = new ScriptedExporter(temporality, (batch) => {
    const { attributes } = batch.resource;
    if (attributes["service.instance.id"] !== undefined) {
      receiver.receive(batch, "p", lease.epoch);
      level = measured;
      return;
    }
    // Off: the SDK's streams, which hold everything since the process began.
    expect(attributes).toEqual({ "service.name": "s", "process.pid": 1 });
    for (const { metrics } of batch.scopeMetrics) {
      for (const { descriptor, dataPoints } of metrics) {
        if (descriptor.name !== "c") continue;
        for (const { value } of dataPoints) {
          if (isDelta) off += value as number;
          else expect(value).toBe(measured);
        }
      }
    }
    if (!isDelta) off += measured - level;
    level = measured;
  });
  const { provider, reader } = attachedProvider(context, exporter, {
    ...(maxExportBatchSize !== undefined && { maxExportBatchSize }),
  });
  const meter = provider.getMeter("m");
  const counter = meter.createCounter("c");
  meter.createHistogram("h").record(1);
  counter.add(0);
  let epoch = 0;
  const flush = async (): Promise<void> => {
    const before = exporter.attempts;
    await reader.forceFlush();
    if (exporter.failure !== undefined) throw exporter.failure as Error;
    if (isDelta && exporter.mode === "refused" && exporter.attempts > before) lossy = true;
  };
  const perform = async (given: Step): Promise<void> => {
    switch (given.do) {
      case "measure":
        measured += given.amount;
        counter.add(given.amount);
        return;
      case "flush":
        return flush();
      case "flushAndLose": {
        const { collect } = reader;
        reader.collect = async (options) => {
          const collected = await collect(options);
          lease.lose();
          return collected;
        };
        await flush();
        reader.collect = collect;
        return;
      }
      case "on":
      case "off":
        mode.now = given.do;
        return;
      case "grant":
        await clock.advance(1);
        epoch += 1;
        lease.grant(epoch % 3, epoch);
        return;
      case "lose":
        lease.lose();
        return;
      case "renew":
        if (lease.num !== undefined) lease.renew();
        return;
      case "fate":
        exporter.mode = given.mode;
        return;
      case "advance":
        return clock.advance(given.ms);
    }
  };
  for (const given of steps) await perform(given);
  exporter.mode = "ok";
  mode.now = "on";
  await perform({ do: "grant" });
  await clock.advance(1);
  await flush();
  return { measured, brought: off + receiver.total("p", "c"), lossy };
}

describe.each([
  ["cumulative", AggregationTemporality.CUMULATIVE],
  ["delta", AggregationTemporality.DELTA],
])("however readers are switched off and on, %s streams", (_, temporality) => {
  it("bring what was measured, nothing twice and nothing lost", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60, size: "max" }),
        fc.constantFrom(undefined, 1),
        async (steps, maxExportBatchSize) => {
          const { measured, brought, lossy } = await bring(steps, temporality, maxExportBatchSize);
          if (lossy) expect(brought).toBeLessThanOrEqual(measured);
          else expect(brought).toBe(measured);
        },
      ),
      { numRuns: RUNS },
    );
  });
});
