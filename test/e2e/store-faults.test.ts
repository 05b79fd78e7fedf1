import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, inject, it, vi } from "vitest";
import { type OtlpExport, type OtlpReceiver, startOtlpReceiver } from "../setup/otlp-receiver.ts";
import { requestsOf } from "./otlp-figures.ts";
import { sendRequests, type Shop, SHORT_LEASE, startService, sumOf, until } from "./shop.ts";

// Processes start slowly where many tests share a machine.
vi.setConfig({ testTimeout: 60_000 });

let receiver: OtlpReceiver;

beforeAll(async () => {
  receiver = await startOtlpReceiver();
});

afterAll(() => receiver.stop());

it("outlives a store that is locked: serves, holds its exports, and recovers by itself", async () => {
  const { file, env } = place("locked");
  await using shop = await startService(env);
  await untilExported("locked", 0);
  const epoch = await epochOf(shop);

  const other = new DatabaseSync(file);
  other.exec("BEGIN IMMEDIATE");
  await expectHeld(shop, "locked");
  other.exec("ROLLBACK");
  other.close();

  await expectRecovered(shop, "locked");
  // Nobody had the number meanwhile: it is the same grant.
  expect(await epochOf(shop)).toBe(epoch);
});

it("outlives a store whose folder is deleted and made again", async () => {
  const { folder, env } = place("deleted");
  await using shop = await startService(env);
  await untilExported("deleted", 0);

  rmSync(folder, { recursive: true });
  await expectHeld(shop, "deleted");
  mkdirSync(folder);

  await expectRecovered(shop, "deleted");
});

it("keeps its number when the file alone is deleted, and newcomers get others", async () => {
  const { file, env } = place("file");
  await using shop = await startService(env);
  await untilExported("file", 0);

  for (const end of ["", "-wal", "-shm"]) rmSync(file + end, { force: true });
  await using newcomer = await startService({
    ...env,
    OTEL_RESOURCE_ATTRIBUTES: "service.version=newcomer",
  });
  await untilExported("newcomer", 0);

  const numbers = await Promise.all([shop.number(), newcomer.number()]);
  expect(new Set(numbers).size).toBe(2);
  expect(numbers).not.toContain(undefined);
  expect(numbersOf("file")).toEqual([0]);
});

it("outlives a store that has become read-only", async () => {
  const { folder, file, env } = place("readonly");
  await using shop = await startService(env, SHORT_LEASE, obeyingFileModes());
  await untilExported("readonly", 0);

  // A copy in its place, since what is open stays open for writing.
  copyFileSync(file, `${file}.copy`);
  chmodSync(`${file}.copy`, 0o444);
  renameSync(`${file}.copy`, file);
  chmodSync(folder, 0o555);
  try {
    await expectHeld(shop, "readonly");
  } finally {
    chmodSync(folder, 0o755);
    chmodSync(file, 0o644);
  }

  await expectRecovered(shop, "readonly");
});

/** What holds while a store is out of order for longer than the lease. */
async function expectHeld(shop: Shop, version: string): Promise<void> {
  await until(async () => (await shop.number()) === undefined, "the lease to end");
  const exported = exportsOf(version).length;
  const held = sumOf(await shop.scrape(), "taskmon_exports_held_total");
  await until(
    async () => sumOf(await shop.scrape(), "taskmon_exports_held_total") >= held + 3,
    "more exports to be held",
  );
  await sendRequests(shop, 2);
  const samples = await shop.scrape();
  expect(sumOf(samples, "shop_orders_placed_total")).toBe(2);
  expect(
    sumOf(samples, "taskmon_task_heartbeats_total", { taskmon_outcome: "error" }),
  ).toBeGreaterThan(0);
  expect(samples.filter(({ name }) => name === "taskmon_task_number")).toEqual([]);
  expect(exportsOf(version)).toHaveLength(exported);
  expect(shop.said.filter((line) => line.includes("The sqlite allocator fails"))).toHaveLength(1);
}

/** What holds once the store is in order again. */
async function expectRecovered(shop: Shop, version: string): Promise<void> {
  await until(async () => (await shop.number()) === 0, "the number to come back");
  await until(
    () => exportsOf(version).some((each) => requestsOf(each) === 6),
    "an export of the requests that were served meanwhile",
  );
  expect(numbersOf(version)).toEqual([0]);
  expect(shop.said.some((line) => line.includes("answers again"))).toBe(true);
}

function place(version: string): {
  readonly folder: string;
  readonly file: string;
  readonly env: Record<string, string>;
} {
  const folder = mkdtempSync(join(inject("testRun").folder, `e2e-${version}-`));
  const file = join(folder, "tasks.sqlite");
  const env = {
    TASK_FILE: file,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_METRIC_EXPORT_INTERVAL: "150",
    OTEL_RESOURCE_ATTRIBUTES: `service.version=${version}`,
  };
  return { folder, file, env };
}

/** Root may write whatever a file's mode says, unless it gives that right up. */
function obeyingFileModes(): readonly string[] {
  if (process.getuid?.() !== 0) return [];
  const without = "-dac_override,-dac_read_search";
  return ["setpriv", `--bounding-set=${without}`, `--inh-caps=${without}`];
}

async function epochOf(shop: Shop): Promise<number> {
  return sumOf(await shop.scrape(), "taskmon_task_epoch");
}

async function untilExported(version: string, more: number): Promise<void> {
  await until(() => exportsOf(version).length > more, `an export of ${version}`);
}

function exportsOf(version: string): OtlpExport[] {
  return receiver.exports.filter(({ resource }) => resource["service.version"] === version);
}

function numbersOf(version: string): number[] {
  const numbers = exportsOf(version).map(({ resource }) => resource["taskmon.task.number"]);
  return [...new Set(numbers.map(Number))];
}
