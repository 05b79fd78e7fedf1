import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { type OtlpExport, type OtlpReceiver, startOtlpReceiver } from "../setup/otlp-receiver.ts";
import { ordersOf, requestsOf } from "./otlp-figures.ts";
import { sendRequests, startService, sumOf, until } from "./shop.ts";

/** `uuid5(4d63009a-8d0f-11ee-aad7-4c796ed8e320, "shop|shop||test-host|0")`, as Python has it. */
const INSTANCE_ID_OF_TASK_0 = "56bca5c6-fbfd-577d-8b9b-1a0d2b28acd2";
const ROUNDS = 4;

// Processes start slowly where many tests share a machine.
vi.setConfig({ testTimeout: 60_000 });

let receiver: OtlpReceiver;

beforeAll(async () => {
  receiver = await startOtlpReceiver();
});

afterAll(() => receiver.stop());

describe.each(["http/protobuf", "http/json"])("OTLP over %s", (protocol) => {
  it("arrives under the number, and counts what was asked of the service", async () => {
    const version = `counted over ${protocol}`;
    await using shop = await startService(environment(version, protocol));
    await sendRequests(shop, ROUNDS);

    const received = await receiver.waitFor(
      (each) => each.resource["service.version"] === version && requestsOf(each) >= 3 * ROUNDS,
    );

    expect(received.resource).toMatchObject({
      "service.name": "shop",
      "service.instance.id": INSTANCE_ID_OF_TASK_0,
      "taskmon.job.name": "shop",
      "host.name": "test-host",
    });
    expect(Number(received.resource["taskmon.task.number"])).toBe(0);
    expect(requestsOf(received)).toBe(3 * ROUNDS);
    expect(requestsOf(received, { "http.route": "/orders/:id" })).toBe(ROUNDS);
    expect(requestsOf(received, { "http.response.status_code": 201 })).toBe(ROUNDS);
    expect(requestsOf(received, { "http.route": "/broken", "error.type": "500" })).toBe(ROUNDS);
    expect(ordersOf(received)).toBe(ROUNDS);
  });

  it("does not arrive before there is a number, and then has everything since the start", async () => {
    const version = `held over ${protocol}`;
    const env = environment(version, protocol);
    // Somebody else has the file locked from the beginning.
    const other = new DatabaseSync(env["TASK_FILE"]!);
    other.exec("BEGIN EXCLUSIVE");
    await using shop = await startService(env);
    await sendRequests(shop, ROUNDS);

    await until(
      async () => sumOf(await shop.scrape(), "taskmon_exports_held_total") >= 3,
      "three exports to be held",
    );
    expect(await shop.number()).toBeUndefined();
    expect(exportsOf(version)).toEqual([]);

    other.exec("ROLLBACK");
    other.close();
    await sendRequests(shop, 1);
    await until(
      () => exportsOf(version).some((each) => requestsOf(each) === 3 * (ROUNDS + 1)),
      "an export of all requests",
    );
    for (const { resource } of exportsOf(version)) {
      expect(Number(resource["taskmon.task.number"])).toBe(0);
      expect(resource["service.instance.id"]).toBe(INSTANCE_ID_OF_TASK_0);
    }
  });
});

it("exports for the last time and ends with code 0 when it is told to stop", async () => {
  const version = "stopped";
  // Would export by itself only after the test.
  const env = { ...environment(version, "http/protobuf"), OTEL_METRIC_EXPORT_INTERVAL: "600000" };
  await using shop = await startService(env);
  await sendRequests(shop, ROUNDS);
  await until(async () => (await shop.number()) === 0, "a number");

  shop.signal("SIGTERM");

  expect(await shop.ended).toEqual({ code: 0, signal: null });
  expect(exportsOf(version).map((each) => requestsOf(each))).toEqual([3 * ROUNDS]);
});

function environment(version: string, protocol: string): Record<string, string> {
  return {
    TASK_FILE: join(mkdtempSync(join(inject("testRun").folder, "e2e-otlp-")), "tasks.sqlite"),
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_RESOURCE_ATTRIBUTES: `service.version=${encodeURIComponent(version)},host.name=test-host`,
  };
}

/** What has arrived of the process that says it is of this version. */
function exportsOf(version: string): OtlpExport[] {
  return receiver.exports.filter(({ resource }) => resource["service.version"] === version);
}
