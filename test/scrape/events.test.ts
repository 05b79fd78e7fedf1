import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  SimpleLogRecordProcessor,
} from "@opentelemetry/sdk-logs";
import { expect, it, onTestFinished } from "vitest";
import { LOG_EVENTS } from "../../src/app/events/catalogue.ts";
import { SCRAPE_EVENTS } from "../../src/prometheus/endpoint/events.ts";
import {
  DEFAULT_METRICS_HTTP_PORT,
  METRICS_SERVICE_ID,
  startScrapeEndpoint,
} from "../../src/scrape/index.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { endpoint, occupyPort, send } from "./harness.ts";

/** A real logger provider, and what it has exported: each event's name and attributes. */
function logs() {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
  onTestFinished(() => provider.shutdown());
  const records = () => exporter.getFinishedLogRecords();
  return {
    provider,
    records,
    told: () => records().map(({ eventName, attributes }) => ({ eventName, ...attributes })),
  };
}

it("logs that it starts, serves and stops as OpenTelemetry events", async () => {
  const { provider, records, told } = logs();
  const { endpoint: scrape, url } = await endpoint({ events: provider });
  await scrape.stop();
  expect(told()).toEqual([
    {
      eventName: "taskmon.scrape.starting",
      "taskmon.event.id": "bec4ba15afa97c2b",
      "url.full": "http://127.0.0.1:0/metrics",
    },
    {
      eventName: "taskmon.scrape.started",
      "taskmon.event.id": "8fab3d9ef5011368",
      "url.full": url,
    },
    { eventName: "taskmon.scrape.stopped", "taskmon.event.id": "efd0f72bffc636f6" },
  ]);
  expect(records()[1]).toMatchObject({
    severityText: "INFO",
    body: `The scrape endpoint serves ${url}`,
    instrumentationScope: { name: "taskmon.scrape" },
  });
});

it("logs once, as an error, that it cannot listen", async () => {
  const { provider, records, told } = logs();
  const clock = manualClock();
  const { port } = await occupyPort();
  const { endpoint: scrape } = await endpoint({ port, clock, retryMs: 3_000, events: provider });
  await clock.advance(3_000);
  await scrape.start();
  const message = `The scrape endpoint cannot serve http://127.0.0.1:${port}/metrics: the port is in use`;
  expect(told().slice(1)).toEqual([
    {
      eventName: "taskmon.scrape.failed",
      "taskmon.event.id": "a1e82667eef867ff",
      "error.type": "ERR_TASKMON_SCRAPE_ENDPOINT",
      "exception.message": message,
      "taskmon.scrape.retry_delay": 3,
    },
  ]);
  expect(records()[1]).toMatchObject({ severityText: "ERROR", body: message });
});

it("tells of a server that ended though nobody stopped it, and serves again", async () => {
  const { provider, told } = logs();
  const clock = manualClock();
  let server: Server | undefined;
  const {
    endpoint: scrape,
    url,
    events,
  } = await endpoint({
    clock,
    retryMs: 3_000,
    events: provider,
    exporter: {
      getMetricsRequestHandler(request, response) {
        server = serverOf(request);
        response.end("up 1\n");
      },
    },
  });
  await send(url);
  const closed = once(server!, "close");
  server!.close();
  await closed;
  expect(scrape.state).toMatchObject({ listening: false });
  expect(events.at(-1)).toMatchObject({ type: "ended", id: "f8c787086a35cd78", retryInMs: 3_000 });
  expect(told().at(-1)).toMatchObject({
    eventName: "taskmon.scrape.ended_by_itself",
    "taskmon.event.id": "f8c787086a35cd78",
    "error.type": "ERR_TASKMON_SCRAPE_ENDPOINT",
  });
  await clock.advance(3_000);
  expect(await scrape.start()).toMatchObject({ listening: true });
});

it("tells how many connections a stop cut off", async () => {
  const { provider, told } = logs();
  const clock = manualClock();
  let began = (): void => {};
  const collecting = new Promise<void>((resolve) => (began = resolve));
  const {
    endpoint: scrape,
    url,
    events,
  } = await endpoint({
    clock,
    stopTimeoutMs: 2_000,
    events: provider,
    exporter: { getMetricsRequestHandler: () => began() },
  });
  const reply = send(url).catch(() => {});
  await collecting;
  const stopped = scrape.stop();
  await clock.advance(2_000);
  await stopped;
  await reply;
  expect(events).toEqual([
    { type: "cut", id: "ab355f6933e9b3fe", connections: 1 },
    { type: "stopped", id: "efd0f72bffc636f6" },
  ]);
  expect(told().at(-2)).toEqual({
    eventName: "taskmon.scrape.shutdown_error",
    "taskmon.event.id": "ab355f6933e9b3fe",
    "taskmon.scrape.connections": 1,
  });
});

it("has the names and ids of the catalogue of log events", () => {
  const here = Object.values(SCRAPE_EVENTS).map(({ eventName, id }) => [eventName, id] as const);
  const there = Object.entries(LOG_EVENTS)
    .filter(([name]) => name.startsWith("METRICS_HTTP_"))
    .map(([, { name, id }]) => [name, id] as const);
  expect(Object.fromEntries(here)).toEqual(Object.fromEntries(there));
});

it("refuses events that are neither Logger nor LoggerProvider", () => {
  const exporter = { getMetricsRequestHandler(): void {} };
  expect(() => startScrapeEndpoint({ exporter, events: {} as never })).toThrow(/scrape\.events/);
});

it("exports the original's service id and port by name", () => {
  expect(METRICS_SERVICE_ID).toBe(0xe3054017c1b1d214n);
  expect(DEFAULT_METRICS_HTTP_PORT).toBe(4444);
});

function serverOf(request: IncomingMessage): Server {
  return (request.socket as unknown as { server: Server }).server;
}
