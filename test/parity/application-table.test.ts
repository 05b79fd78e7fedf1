import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import * as app from "../../src/app/index.ts";
import * as health from "../../src/health/index.ts";
import { createTaskmon, memoryAllocator } from "../../src/index.ts";
import * as metrics from "../../src/metrics/index.ts";
import * as scrape from "../../src/scrape/index.ts";
import * as files from "../../src/spec-files/index.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/application-parity.md"), "utf8");
const rows = [...page.matchAll(/^\| (.+?) +\| (.+?) +\| (.*?) *\|$/gm)]
  .map(([, there = "", here = "", note = ""]) => ({ there, here, note }))
  .filter(({ there }) => there !== "There" && !there.startsWith("-"));
const exports = { ...app, ...health, ...metrics, ...scrape, ...files };

it("names a counterpart that exists for each item, or says why there is none", () => {
  const taskmon = createTaskmon({
    target: { serviceName: "parity", jobName: "table", region: "here" },
    allocator: memoryAllocator(),
  });
  onTestFinished(() => taskmon.shutdown());
  const spec = app.defineService({ id: 1n, name: "one" });
  const one = app.createApp({ taskmon, services: [spec], logger: { emit() {} } });
  const roots: Readonly<Record<string, unknown>> = {
    ...exports,
    ...{ taskmon, app: one, service: one.get(spec) },
    config: one.config.of(1n, "one"),
    channel: app.commandChannel(one.get(spec)!, 1),
    error: new app.AppError(app.BUG, { cause: new Error("x") }),
  };
  const missing = rows.flatMap(({ there, here, note }) => {
    if (here === "none") return note === "" ? [`${there}: no reason`] : [];
    const paths = [...here.matchAll(/`([^`]+)`/g)].map(([, path]) => path!);
    if (paths.length === 0) return [`${there}: no counterpart`];
    return paths.filter((path) => !isThere(roots, path.split(".")));
  });
  expect(rows.length).toBeGreaterThan(80);
  expect(missing).toEqual([]);
});

it("has every event of the reference", () => {
  const events = rows.flatMap(({ here }) => /^`LOG_EVENTS\.(\w+)`$/.exec(here)?.[1] ?? []);
  expect(events).toEqual(Object.keys(app.LOG_EVENTS));
});

it("has the ids of the infrastructure's services", () => {
  expect(app.INFRASTRUCTURE_SERVICE_IDS).toEqual([
    app.CONFIG_SERVICE_ID,
    scrape.METRICS_SERVICE_ID,
    health.HEALTHCHECK_SERVICE_ID,
  ]);
});

function isThere(from: unknown, path: readonly string[]): boolean {
  let value: unknown = from;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !(key in value)) return false;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return true;
}
