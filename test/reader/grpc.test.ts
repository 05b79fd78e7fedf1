import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-grpc";
import { expect, it } from "vitest";
import { endReader, readerView } from "../../src/reader/attach.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { attachedProvider, setup, type Setup } from "./harness.ts";
import { type GrpcAnswer, grpcSink } from "./grpc-sink.ts";

/** A clock that stands still, with times of the machine for the SDK, and a number. */
async function start(answer: GrpcAnswer) {
  const made: Setup = setup(manualClock({ wallTime: Date.now() }));
  made.lease.grant(0, 1);
  const sink = await grpcSink(answer);
  const exporter = new OTLPMetricExporter({ url: sink.url });
  const attached = attachedProvider(made.context, exporter);
  const meter = attached.provider.getMeter("m");
  for (const name of ["a", "b", "c"]) meter.createCounter(name).add(1);
  return { ...made, ...attached, sink };
}

it("delivers over gRPC, with the points that the receiver rejects apart", async () => {
  // partial_success { rejected_data_points: 2 }
  const partial = Buffer.from([0x0a, 0x02, 0x08, 0x02]);
  const { sink, reader } = await start((count) => (count === 1 ? partial : Buffer.alloc(0)));
  await reader.forceFlush();
  expect(readerView(reader)).toMatchObject({ successes: 1, pointsSent: 1, pointsRejected: 2 });
  await reader.forceFlush();
  expect(readerView(reader)).toMatchObject({ successes: 2, pointsSent: 4, pointsRejected: 2 });
  expect(sink.calls).toBe(2);
});

it("cancels a call under way when the number is lost, and goes on with the next one", async () => {
  const { clock, lease, sink, reader } = await start((count) =>
    count === 1 ? undefined : Buffer.alloc(0),
  );
  const flush = reader.forceFlush();
  await expect.poll(() => sink.calls).toBe(1);
  lease.lose();
  await flush;
  await expect.poll(() => sink.cancelled).toBe(1);
  await clock.advance(1);
  lease.grant(1, 2);
  await reader.forceFlush();
  expect(readerView(reader)).toMatchObject({ successes: 1, failures: 1 });
});

it("cancels it when the reader's end takes too long, so that its shutdown need not wait", async () => {
  const { sink, reader } = await start(() => undefined);
  const controller = new AbortController();
  const ended = endReader(reader, { signal: controller.signal });
  await expect.poll(() => sink.calls).toBe(1);
  const cutAt = performance.now();
  controller.abort();
  await expect(ended).rejects.toMatchObject({ code: "ERR_TASKMON_EXPORTS_ABORTED" });
  await reader.shutdown();
  // The call's own deadline is in 10 s.
  expect(performance.now() - cutAt).toBeLessThan(5_000);
  await expect.poll(() => sink.cancelled).toBe(1);
});
