import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, inject, it, vi } from "vitest";
import { readExports } from "../../examples/demo/otlp.ts";
import { startService, until } from "./shop.ts";

// Processes start slowly where many tests share a machine.
vi.setConfig({ testTimeout: 60_000 });

/** Long enough for an OTLP exporter's retry, which comes about a second after the failure. */
const LEASE = {
  leaseMs: 3_000,
  heartbeatMs: 600,
  requestTimeoutMs: 600,
  exportTimeoutMs: 1_600,
  graceMs: 1_600,
  quarantineMs: 300,
};

interface Arrival {
  readonly from: string;
  readonly number: number | null;
  readonly status: number;
}

let server: Server;
let url: string;
const arrivals: Arrival[] = [];
let refused: string | undefined;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const [, from = ""] = /"service.version","value":\{"stringValue":"([^"]*)"/.exec(body) ?? [];
      const status = from === refused ? 503 : 200;
      arrivals.push({ from, number: readExports(body)[0]?.number ?? null, status });
      response.writeHead(status, { "content-type": "application/json" }).end("{}");
    });
  });
  // A connection that the receiver has closed meanwhile would hold the retry up by accident.
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

it("does not repeat, under its old number, an export that had failed when it froze", async () => {
  const env = {
    TASK_FILE: join(mkdtempSync(join(inject("testRun").folder, "e2e-retry-")), "tasks.sqlite"),
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_METRIC_EXPORT_INTERVAL: "1600",
  };
  const start = (version: string, maxTasks: number): ReturnType<typeof startService> =>
    startService(
      { ...env, OTEL_RESOURCE_ATTRIBUTES: `service.version=${version}` },
      { ...LEASE, maxTasks },
    );
  refused = "frozen";
  await using frozen = await start("frozen", 2);
  await until(() => arrivals.some(({ status }) => status === 503), "an export to be refused");
  // Until it has understood the refusal, and waits with its retry for 0.8 seconds at least.
  await sleep(300);
  frozen.signal("SIGSTOP");
  expect(arrivals).toEqual([{ from: "frozen", number: 0, status: 503 }]);

  await using taker = await start("taker", 1);
  await until(
    () => arrivals.some(({ from, number }) => from === "taker" && number === 0),
    "the number to pass on",
  );
  expect(await taker.number()).toBe(0);
  refused = undefined;
  const before = arrivals.length;
  frozen.signal("SIGCONT");

  const sinceThen = (): Arrival[] => arrivals.slice(before).filter(({ from }) => from === "frozen");
  await until(() => sinceThen().length >= 2, "exports of the process that woke");
  expect(new Set(sinceThen().map(({ number }) => number))).toEqual(new Set([1]));
});
