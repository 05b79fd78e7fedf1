import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { beforeAll, expect, inject, it } from "vitest";

const root = join(import.meta.dirname, "../..");

/** The SDK and our sources in one module, minified: each class name has one or two letters. */
const program = `
  import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
  import {
    ConsoleMetricExporter, MeterProvider, MetricReader, PeriodicExportingMetricReader,
  } from "@opentelemetry/sdk-metrics";
  import { prometheusReader } from "./src/prometheus/index.ts";
  import { readerClassOf } from "./src/sdk/reader-class.ts";
  import { viewsOf } from "./src/sdk/views.ts";
  import { InvalidOptionError } from "./src/shared/errors.ts";
  import { TimeoutError } from "./src/shared/timeout.ts";

  class Own extends MetricReader {}
  const readers = [
    new PeriodicExportingMetricReader({ exporter: new ConsoleMetricExporter() }),
    new PrometheusExporter({ preventServerStart: true }),
    prometheusReader(),
    new Own(),
  ];
  export const classes = readers.map((reader) => reader.constructor.name);
  export const names = readers.map(readerClassOf);

  const provider = new MeterProvider({ views: [{ instrumentName: "w*", description: "Waits." }] });
  const descriptor = { name: "wait", description: "", unit: "s", type: "COUNTER", valueType: 1, advice: {} };
  const [view] = viewsOf(provider).findViews(descriptor, { name: "shop" });
  export const drops = view.drops("color");

  class Changing { process(a, b) { return b; } }
  const changed = new MeterProvider({ views: [{ instrumentName: "w*", attributesProcessors: [new Changing()] }] });
  export const unknown = viewsOf(changed).findViews(descriptor, { name: "shop" })[0].drops("color");

  export const errors = [
    new InvalidOptionError("lease", "a number", "x"), new TimeoutError("slow"),
  ].map((error) => [error.name, error.constructor.name.length < 4]);
`;

interface Minified {
  readonly classes: readonly string[];
  readonly names: readonly string[];
  readonly drops: unknown;
  readonly unknown: unknown;
  readonly errors: unknown;
}

let minified: Minified;

beforeAll(async () => {
  const outfile = join(mkdtempSync(join(inject("testRun").folder, "minified-")), "program.mjs");
  await build({
    ...{ stdin: { contents: program, resolveDir: root, loader: "ts" }, outfile },
    ...{ bundle: true, minify: true, platform: "node", format: "esm", logLevel: "silent" },
    conditions: ["@taskmon/source"],
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  minified = (await import(outfile)) as Minified;
});

it("gives the SDK's readers and ours their names in a minified bundle", () => {
  expect(minified.classes.every((name) => name.length < 4)).toBe(true);
  expect(minified.names).toEqual([
    "PeriodicExportingMetricReader",
    "PrometheusExporter",
    "PrometheusReader",
    "MetricReader",
  ]);
});

it("knows the SDK's processor that changes nothing, and takes no other for it", () => {
  expect(minified.drops).toBe(false);
  expect(minified.unknown).toBeUndefined();
});

it("gives errors the names that the documentation has", () => {
  expect(minified.errors).toEqual([
    ["InvalidOptionError", true],
    ["TimeoutError", true],
  ]);
});
