import { diag, DiagLogLevel } from "@opentelemetry/api";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AggregationTemporality, MeterProvider } from "@opentelemetry/sdk-metrics";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { attachReader, isHeld } from "../../src/reader/attach.ts";
import { attachedProvider, msOf, ScriptedExporter, setup, type Setup } from "./harness.ts";

afterEach(() => diag.disable());

function said(): string[] {
  const lines: string[] = [];
  const say = (...parts: unknown[]): void => void lines.push(parts.map(String).join(" "));
  diag.setLogger(
    { error: say, warn: say, info: say, debug: () => undefined, verbose: () => undefined },
    { logLevel: DiagLogLevel.INFO, suppressOverrideMessage: true },
  );
  return lines;
}

describe("a push reader", () => {
  it("is held while there is no number, but for a time only, and then exports as the process itself", async () => {
    const { clock, lease, held, context } = setup();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(context, exporter);
    const counter = provider.getMeter("m").createCounter("c");
    counter.add(1);
    await clock.advance(89_999);
    expect(isHeld(reader)).toBe(true);
    await reader.forceFlush();
    expect(exporter.batches).toEqual([]);

    await clock.advance(1);
    expect(isHeld(reader)).toBe(false);
    await reader.forceFlush();
    expect(exporter.batches[0]?.resource.attributes).toEqual({
      "service.name": "s",
      "process.pid": 1,
      "service.instance.id": "own",
    });
    expect(exporter.last("c")).toMatchObject([{ value: 1 }]);
    expect(msOf(exporter.last("c")[0]!.startTime)).toBe(0);

    await clock.advance(1_000);
    lease.grant(4, 1);
    counter.add(2);
    await clock.advance(1_000);
    await reader.forceFlush();
    expect(exporter.batches[1]?.resource.attributes).toEqual({
      "service.name": "s",
      "service.instance.id": "task-4",
      "taskmon.task.number": 4,
    });
    expect(exporter.last("c")).toMatchObject([{ value: 2 }]);
    expect(msOf(exporter.last("c")[0]!.startTime)).toBe(91_000);
    expect(held).toEqual(["no_number"]);
  });

  it("is held anew from a loss on, and each change starts its streams again", async () => {
    const { clock, lease, context } = setup();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(context, exporter);
    const counter = provider.getMeter("m").createCounter("c");
    await clock.advance(200_000);
    lease.grant(0, 1);
    const flushed: unknown[] = [];
    const flush = async (): Promise<void> => {
      const before = exporter.batches.length;
      counter.add(1);
      await reader.forceFlush();
      const [point] = exporter.last("c");
      const instance = exporter.batches.at(-1)?.resource.attributes["service.instance.id"];
      flushed.push(
        exporter.batches.length === before
          ? "held"
          : [instance, point?.value, msOf(point!.startTime)],
      );
      await clock.advance(10_000);
    };
    await flush();
    lease.expire();
    await flush();
    await clock.advance(80_000);
    await flush();
    await flush();
    lease.renew();
    await flush();
    expect(flushed).toEqual([
      ["task-0", 1, 200_000],
      "held",
      ["own", 2, 200_000.001],
      ["own", 3, 200_000.001],
      // The same grant, but others saw the process's own stream in between.
      ["task-0", 1, 310_000],
    ]);
  });

  it("is held as long as it takes where that was asked for", async () => {
    const { clock, context } = setup();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(
      { ...context, unnumberedHoldMs: Infinity },
      exporter,
    );
    provider.getMeter("m").createCounter("c").add(1);
    await clock.advance(1e9);
    await reader.forceFlush();
    expect([exporter.batches, isHeld(reader)]).toEqual([[], true]);
  });

  it("exports nothing any more once the number was handed back", async () => {
    const { clock, lease, held, context } = setup();
    const exporter = new ScriptedExporter();
    const { provider, reader } = attachedProvider(context, exporter);
    provider.getMeter("m").createCounter("c").add(1);
    lease.lose();
    lease.state = "released";
    await clock.advance(1e9);
    await reader.forceFlush();
    expect([exporter.batches, held]).toEqual([[], ["released"]]);
  });

  it("says each turn once", async () => {
    const lines = said();
    const { clock, lease, context } = setup();
    const exporter = new ScriptedExporter(AggregationTemporality.DELTA);
    const { provider, reader } = attachedProvider(context, exporter);
    const counter = provider.getMeter("m").createCounter("c");
    const flushTwice = async (): Promise<void> => {
      for (let count = 0; count < 2; count++) {
        counter.add(1);
        await reader.forceFlush();
      }
    };
    for (let round = 0; round < 2; round++) {
      lease.lose();
      await flushTwice();
      await clock.advance(100_000);
      await flushTwice();
      lease.grant(round, round + 1);
      await flushTwice();
    }
    const turns = [
      "Exports of PeriodicExportingMetricReader are held, for at most 90 s: there is no task number",
      "Exports of PeriodicExportingMetricReader continue without a task number, under this process's own identity",
      "Exports of PeriodicExportingMetricReader continue under task number",
    ];
    const expected = [...turns, ...turns];
    expect(lines).toHaveLength(expected.length);
    lines.forEach((line, index) => expect(line).toContain(expected[index]));
  });
});

/** A real scrape of an attached Prometheus exporter. */
async function scrapeOf(
  made: Setup,
  hold: boolean,
): Promise<{
  provider: MeterProvider;
  reader: PrometheusExporter;
  scrape: () => Promise<{ status: number; samples: string[] }>;
}> {
  const reader = attachReader(new PrometheusExporter({ preventServerStart: true }), made.context, {
    hold,
  });
  const provider = new MeterProvider({
    readers: [reader],
    resource: resourceFromAttributes({ "service.name": "s" }),
  });
  onTestFinished(() => provider.shutdown());
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    if (request.url === "/strict" && isHeld(reader)) response.writeHead(503).end();
    else reader.getMetricsRequestHandler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    provider,
    reader,
    scrape: async (path = "/") => {
      const response = await fetch(base + path);
      const text = await response.text();
      const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      return { status: response.status, samples };
    },
  };
}

describe("a pull reader", () => {
  it("always answers with everything; only the number comes and goes", async () => {
    const made = setup();
    const { provider, reader, scrape } = await scrapeOf(made, false);
    const counter = provider.getMeter("m").createCounter("c");
    counter.add(2);
    const without = ['target_info{service_name="s"} 1', expect.stringMatching(/^c_total\{.*\} 2$/)];
    expect((await scrape()).samples).toEqual(without);
    made.lease.grant(0, 1);
    expect((await scrape()).samples[0]).toContain('taskmon_task_number="0"');
    made.lease.grant(1, 2);
    expect((await scrape()).samples[1]).toMatch(/ 2$/);
    made.lease.lose();
    expect((await scrape()).samples).toEqual(without);
    expect([isHeld(reader), made.held]).toEqual([false, []]);
  });

  it("that is to hold answers with target_info alone, and starts again under each number", async () => {
    const made = setup();
    const { provider, reader, scrape } = await scrapeOf(made, true);
    const counter = provider.getMeter("m").createCounter("c");
    counter.add(2);
    expect((await scrape()).samples).toEqual(['target_info{service_name="s"} 1']);
    // The bound of the hold is for those who push.
    await made.clock.advance(1e9);
    expect((await scrape()).samples).toEqual(['target_info{service_name="s"} 1']);
    expect(isHeld(reader)).toBe(true);

    made.lease.grant(0, 1);
    expect(isHeld(reader)).toBe(false);
    expect((await scrape()).samples[1]).toMatch(/^c_total\{.*\} 2$/);
    await made.clock.advance(1_000);
    made.lease.grant(3, 2);
    counter.add(5);
    expect((await scrape()).samples[1]).toMatch(/^c_total\{.*\} 5$/);
    expect(made.held).toEqual(["no_number", "no_number"]);
  });

  it("lets an endpoint answer 503 meanwhile", async () => {
    const made = setup();
    const { scrape } = await scrapeOf(made, true);
    const strict = scrape as (path: string) => ReturnType<typeof scrape>;
    expect((await strict("/strict")).status).toBe(503);
    made.lease.grant(0, 1);
    expect((await strict("/strict")).status).toBe(200);
  });
});

it("holds nothing of a reader that is not attached", () => {
  expect(isHeld(new PrometheusExporter({ preventServerStart: true }))).toBe(false);
});
