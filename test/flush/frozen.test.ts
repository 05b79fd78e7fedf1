import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { type OtlpReceiver, startOtlpReceiver } from "../setup/otlp-receiver.ts";
import { startTcpProxy } from "../setup/tcp-proxy.ts";
import { counted } from "./counts.ts";
import type { ServiceOptions } from "./fixtures/service.ts";
import { type FrozenService, startFrozen } from "./freezer.ts";

// Processes start slowly where many tests share a machine.
vi.setConfig({ testTimeout: 90_000 });

const INTERVAL_MS = 1_000;

/** Ends within the test, and leaves a busy machine time for a heartbeat and an export. */
const LEASE = {
  ...{ leaseMs: 6_000, heartbeatMs: 1_000, requestTimeoutMs: 1_500, exportTimeoutMs: 1_500 },
  ...{ graceMs: 1_500, quarantineMs: 300, maxTasks: 64 },
};

let receiver: OtlpReceiver;
let taskFile: string;

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  taskFile = join(mkdtempSync(join(inject("testRun").folder, "frozen-")), "tasks.sqlite");
});

afterAll(() => receiver.stop());

function start(
  options: Partial<ServiceOptions> & { readonly version: string },
): Promise<FrozenService> {
  return startFrozen({ otlpUrl: receiver.url, taskFile, flushIntervalMs: INTERVAL_MS, ...options });
}

async function ask(service: FrozenService, path = "/"): Promise<void> {
  const response = await fetch(service.url + path);
  expect([response.status, await response.text()]).toEqual([200, `handled ${path.split("?")[0]}`]);
}

/** Requests alone and together, fast and slow, with pauses in which the service is stopped. */
async function traffic(service: FrozenService, rounds: number, pauseMs = 150): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await Promise.all(
      Array.from({ length: 1 + (round % 5) }, () =>
        ask(service, `/a?ms=${round % 4 === 0 ? 15 : 0}`),
      ),
    );
    await ask(service, "/b");
    await sleep(round % 3 === 0 ? pauseMs * 2 : pauseMs);
  }
}

/** The last request, by whose end everything is at the receiver: the service is stopped after it. */
async function lastRequest(service: FrozenService): Promise<void> {
  await sleep(INTERVAL_MS);
  await ask(service, "/last");
  expect(service.isFrozen).toBe(true);
}

describe.each(["cumulative", "delta"] as const)(
  "a service that is stopped between requests, %s",
  (temporality) => {
    it("has exported all that it measured, the last request too, when that one ends", async () => {
      const version = `stopped, ${temporality}`;
      await using service = await start({ version, temporality });
      await traffic(service, 14);
      await lastRequest(service);
      const atOnce = {
        requests: counted(receiver.exports, version, "http.server.request.duration", temporality),
        handled: counted(receiver.exports, version, "frozen.handled", temporality),
      };
      expect(service.served).toBeGreaterThan(45);
      expect(service.stops).toBeGreaterThan(14);
      expect(service.said).toBe("");
      expect(atOnce).toEqual({ requests: service.served, handled: service.served });
      expect(service.said).toBe("");
    });
  },
);

it("has exported all of it with readers that export by themselves beside that", async () => {
  const version = "beside a timer";
  await using service = await start({ version, readerIntervalMs: 1_000 });
  await traffic(service, 10);
  await lastRequest(service);
  expect(service.said).toBe("");
  expect(counted(receiver.exports, version, "http.server.request.duration")).toBe(service.served);
  expect(counted(receiver.exports, version, "frozen.handled")).toBe(service.served);
});

it("has exported all of it where its number passes on while it is stopped", async () => {
  const version = "renumbered";
  const ownFile = { taskFile: `${taskFile}-renumbered`, lease: LEASE };
  await using service = await start({ version, ...ownFile });
  await traffic(service, 6);
  await lastRequest(service);
  expect(numbersOf(version)).toEqual(["0"]);

  // Nobody can rely on the number any more, and another process asks for one.
  await sleep(LEASE.leaseMs * 2);
  await using other = await start({ version: "its successor", ...ownFile });
  await ask(other);
  expect(numbersOf("its successor")).toEqual(["0"]);

  await traffic(service, 6);
  await lastRequest(service);
  expect(numbersOf(version)).toEqual(["0", "1"]);
  expect(counted(receiver.exports, version, "http.server.request.duration")).toBe(service.served);
  expect(counted(receiver.exports, version, "frozen.handled")).toBe(service.served);
});

it("has exported all of it where its connections break while it is stopped", async () => {
  const version = "disconnected";
  await using proxy = await startTcpProxy(Number(new URL(receiver.url).port));
  const otlpUrl = `http://127.0.0.1:${proxy.port}`;
  await using service = await start({ version, otlpUrl });
  for (let round = 0; round < 3; round++) {
    await traffic(service, 3);
    await lastRequest(service);
    expect(counted(receiver.exports, version, "frozen.handled")).toBe(service.served);
    proxy.cut();
    await sleep(50);
    proxy.heal();
  }
  expect(counted(receiver.exports, version, "http.server.request.duration")).toBe(service.served);
});

it("does not get all of it out by timers alone", async () => {
  const version = "unwrapped";
  await using service = await start({ version, flushes: false, readerIntervalMs: 400 });
  await traffic(service, 6);
  await lastRequest(service);
  expect(service.served).toBeGreaterThan(15);
  expect(counted(receiver.exports, version, "frozen.handled")).toBeLessThan(service.served);
});

function numbersOf(version: string): string[] {
  const numbers = receiver.exports
    .filter(({ resource }) => resource["service.version"] === version)
    .map(({ resource }) => String(resource["taskmon.task.number"]));
  return [...new Set(numbers)];
}
