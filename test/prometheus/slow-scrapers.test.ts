import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, it, onTestFinished, vi } from "vitest";
import { prometheusReader } from "../../src/prometheus/index.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { listen, serve } from "./harness.ts";

/** So many scrapers come one after the other, and do not read. */
const SCRAPERS = Number(process.env["TASKMON_SCRAPE_REQUESTS"] ?? 100);

const MB = 1_024 * 1_024;
/** What an answer has: much more than the operating system takes for a connection. */
const LENGTH = 9 * MB;
const TIMEOUT_MS = 5_000;

it("keeps its memory bounded while many scrapers do not read, and tells the rest to come again", async () => {
  const told = listen();
  const clock = manualClock();
  const reader = prometheusReader({ clock, timeoutMs: TIMEOUT_MS });
  const provider = new MeterProvider({ readers: [reader] });
  onTestFinished(() => provider.shutdown());
  const jobs = provider.getMeter("shop").createCounter("jobs");
  const series = Array.from({ length: 300 }, (_, index) => ({
    ...{ index, long: "x".repeat(LENGTH / 300) },
  }));
  const change = (): void => {
    for (const labels of series) jobs.add(1, labels);
  };
  const { port } = new URL(await serve(reader.handler));
  const sockets: Socket[] = [];
  const statuses: number[] = [];
  const before = held();
  for (let index = 0; index < SCRAPERS; index++) {
    // Each gets an exposition of its own.
    change();
    const socket = connect(Number(port), "127.0.0.1").on("error", () => {});
    sockets.push(socket);
    socket.write("GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n");
    const [beginning] = (await once(socket, "data")) as [Buffer];
    socket.pause();
    statuses.push(Number(beginning.toString("latin1", 9, 12)));
    if (statuses.at(-1) === 503) {
      expect(beginning.toString("latin1").toLowerCase()).toContain("retry-after: 1\r\n");
    }
  }
  const served = statuses.filter((status) => status === 200).length;
  // 64 MB may be on their way, and the one that reaches that.
  expect(served).toBe(Math.ceil((64 * MB) / LENGTH));
  expect(statuses.slice(served)).toEqual(Array(SCRAPERS - served).fill(503));
  // Those, what the reader writes to, and as much again until garbage is collected.
  expect(held() - before).toBeLessThan(2 * (served + 2) * LENGTH);
  expect(told.filter((line) => line.includes("too slowly"))).toHaveLength(1);

  await clock.advance(TIMEOUT_MS + 1);
  for (const socket of sockets) socket.resume();
  await vi.waitFor(
    async () => expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200),
    { timeout: 20_000 },
  );
  for (const socket of sockets) socket.destroy();
}, 120_000);

/** Memory of buffers and texts, in bytes. */
function held(): number {
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}
