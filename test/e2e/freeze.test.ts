import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it, vi } from "vitest";
import { type OtlpExport, type OtlpReceiver, startOtlpReceiver } from "../setup/otlp-receiver.ts";
import { requestsOf } from "./otlp-figures.ts";
import { sendRequests, type Shop, SHORT_LEASE, startService, until } from "./shop.ts";

// Processes start slowly where many tests share a machine.
vi.setConfig({ testTimeout: 60_000 });

let receiver: OtlpReceiver;
let env: Record<string, string>;

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  env = {
    TASK_FILE: join(mkdtempSync(join(inject("testRun").folder, "e2e-freeze-")), "tasks.sqlite"),
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    // As often as possible, so that the processes freeze in all sorts of moments.
    OTEL_METRIC_EXPORT_INTERVAL: "60",
  };
});

afterAll(() => receiver.stop());

it("exports nothing under its old number when it wakes after its lease", async () => {
  await using first = await start("frozen-1", 4);
  await using second = await start("frozen-2", 4);
  const frozen = ["frozen-1", "frozen-2"];
  await until(() => frozen.every((name) => exportsOf(name).length > 2), "exports of both");
  expect(new Set(frozen.flatMap(numbersOf))).toEqual(new Set([0, 1]));

  first.signal("SIGSTOP");
  second.signal("SIGSTOP");
  // These may have the numbers 0 and 1 only, and so wait until nobody can rely on them.
  await using third = await start("taker-1", 2);
  await using fourth = await start("taker-2", 2);
  const takers = ["taker-1", "taker-2"];
  await until(() => takers.every((name) => exportsOf(name).length > 2), "exports of the takers");
  expect(new Set(takers.flatMap(numbersOf))).toEqual(new Set([0, 1]));

  const before = receiver.exports.length;
  first.signal("SIGCONT");
  second.signal("SIGCONT");
  await sendRequests(first, 2);
  await sendRequests(second, 2);
  const sinceThen = (name: string): OtlpExport[] =>
    receiver.exports.slice(before).filter(({ resource }) => resource["service.version"] === name);
  await until(
    () => frozen.every((name) => sinceThen(name).some((each) => requestsOf(each) > 0)),
    "exports of both under their new numbers",
  );

  const numbers = frozen.flatMap((name) => sinceThen(name)).map(numberOf);
  expect(new Set(numbers)).toEqual(new Set([2, 3]));
  expect(takers.flatMap((name) => sinceThen(name)).length).toBeGreaterThan(0);
  expect(await Promise.all([third, fourth].map((shop) => shop.number()))).toEqual(
    takers.map((name) => numbersOf(name)[0]),
  );
});

it("keeps its number, and goes on, when it wakes before anybody else has it", async () => {
  await using shop = await start("napped", 64);
  await until(() => exportsOf("napped").length > 2, "exports");
  const [number] = numbersOf("napped");

  shop.signal("SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, SHORT_LEASE.leaseMs / 2));
  const before = receiver.exports.length;
  shop.signal("SIGCONT");
  await sendRequests(shop, 1);

  await until(
    () => exportsOf("napped", before).some((each) => requestsOf(each) > 0),
    "exports after the nap",
  );
  expect(new Set(exportsOf("napped").map(numberOf))).toEqual(new Set([number]));
});

function start(version: string, maxTasks: number): Promise<Shop> {
  return startService(
    { ...env, OTEL_RESOURCE_ATTRIBUTES: `service.version=${version}` },
    { ...SHORT_LEASE, maxTasks },
  );
}

/** What has arrived of the process that says it is of this version. */
function exportsOf(version: string, since = 0): OtlpExport[] {
  return receiver.exports
    .slice(since)
    .filter(({ resource }) => resource["service.version"] === version);
}

function numbersOf(version: string): number[] {
  return [...new Set(exportsOf(version).map(numberOf))];
}

function numberOf({ resource }: OtlpExport): number {
  return Number(resource["taskmon.task.number"]);
}
