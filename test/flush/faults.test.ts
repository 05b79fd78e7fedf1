import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import { createTaskmon, memoryAllocator, type Taskmon } from "../../src/index.ts";
import { systemClock } from "../../src/shared/clock.ts";
import { flushHandler } from "../../src/flush/index.ts";
import { afterTest, serve } from "../http/harness.ts";
import { type Fault, type FaultyReceiver, faults, startFaulty } from "./faulty-receiver.ts";

/** The faults during which an export lasts until it is given up, or for a while. */
const LASTING: readonly Fault[] = ["slow", "hangs for ever"];
/** What the exporter takes for a success: OTLP says no more than the status. */
const TAKEN: readonly Fault[] = ["fine", "slow", "answers rubbish in HTTP"];

interface Subject {
  readonly taskmon: Taskmon;
  readonly receiver: FaultyReceiver;
  readonly ask: (path: string) => Promise<string>;
  /** Moves the time on. */
  advance(ms: number): void;
}

async function subject(fault: Fault): Promise<Subject> {
  const receiver = await startFaulty(fault);
  const clock = systemClock();
  let ahead = 0;
  const taskmon = createTaskmon({
    target: { serviceName: "faults", jobName: fault },
    allocator: memoryAllocator(),
    // The endpoint is in this process too.
    http: { client: false, server: { ignore: ({ url }) => url === "/v1/metrics" } },
    settings: { flushIntervalMs: 5_000, flushTimeoutMs: 2_000 },
    clock: {
      now: () => clock.now() + ahead,
      wallTime: () => clock.wallTime(),
      after: (delayMs, callback) => clock.after(delayMs, callback),
    },
  });
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter({ url: `${receiver.url}/v1/metrics`, timeoutMillis: 3_000 }),
    exportIntervalMillis: 86_400_000,
    exportTimeoutMillis: 3_000,
  });
  taskmon.setMeterProvider(new MeterProvider({ readers: [taskmon.attach(reader)] }));
  afterTest(async () => {
    receiver.heal();
    await taskmon.shutdown({ timeoutMs: 2_000 });
    await receiver.stop();
  });
  const { port } = await serve(
    flushHandler(taskmon, (request, response) => void response.end(`answer to ${request.url}`)),
  );
  return {
    taskmon,
    receiver,
    ask: async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).text(),
    advance: (ms) => void (ahead += ms),
  };
}

describe.each(faults)("an OTLP endpoint: %s", (fault) => {
  it("changes no answer, lets one request wait in an interval, and has everything once it is well", async () => {
    const { taskmon, receiver, ask, advance } = await subject(fault);
    const order: string[] = [];
    const askedAt = performance.now();
    const first = ask("/first").then((text) => order.push(text));
    await expect
      .poll(() => taskmon.flush.state.isUnderWay || order.length > 0, { interval: 1 })
      .toBe(true);
    const others = Array.from({ length: 30 }, async (_, index) => {
      expect(await ask(`/${index}`)).toBe(`answer to /${index}`);
    });
    await Promise.all(others);
    order.push("others");
    await first;
    expect(order).toContain("answer to /first");
    if (LASTING.includes(fault)) expect(order[0]).toBe("others");

    const { consecutiveFailures, nextInMs } = taskmon.flush.state;
    expect(consecutiveFailures).toBe(TAKEN.includes(fault) ? 0 : 1);
    // By the interval, or twice that after a failure, from when the flush began; the clock may be 10 ms ahead.
    const sinceAskedMs = performance.now() - askedAt;
    expect(nextInMs! + sinceAskedMs).toBeGreaterThan(TAKEN.includes(fault) ? 4_980 : 9_980);
    // An exporter may go on for a while when nobody waits for it any more.
    await expect.poll(() => taskmon.flush.state.isUnderWay, { timeout: 20_000 }).toBe(false);
    // Nobody waits again before the interval, or the backoff, has passed.
    const before = receiver.received;
    for (let index = 0; index < 5; index++) await ask("/again");
    expect(taskmon.flush.isDue).toBe(false);
    expect(receiver.received).toBe(before);

    receiver.heal();
    // Until the exporter has heard that its connections are closed.
    await new Promise((resolve) => setTimeout(resolve, 50));
    advance(10_000);
    expect(taskmon.flush.isDue).toBe(true);
    expect(await ask("/last")).toBe("answer to /last");
    expect(taskmon.flush.state).toMatchObject({ consecutiveFailures: 0, isUnderWay: false });
    expect(receiver.received).toBe(before + 1);
    // All of the requests, this last one too.
    expect(countedIn(receiver.lastBody)).toBe(1 + 30 + 5 + 1);
  });
});

/** The requests that an OTLP request in JSON counts. */
function countedIn(body: string): number {
  const { resourceMetrics } = JSON.parse(body) as {
    resourceMetrics: { scopeMetrics: { metrics: Metric[] }[] }[];
  };
  return resourceMetrics
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    .filter(({ name }) => name === "http.server.request.duration")
    .flatMap(({ histogram }) => histogram?.dataPoints ?? [])
    .reduce((sum, { count }) => sum + Number(count), 0);
}

interface Metric {
  readonly name: string;
  readonly histogram?: { readonly dataPoints: readonly { readonly count: number | string }[] };
}
