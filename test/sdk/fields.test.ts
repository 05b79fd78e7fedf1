import { readFileSync } from "node:fs";
import { join } from "node:path";
import { metrics } from "@opentelemetry/api";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { OTLPMetricExporter as GrpcExporter } from "@opentelemetry/exporter-metrics-otlp-grpc";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtoExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import {
  ConsoleMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { expect, it, onTestFinished } from "vitest";
import { withCalls } from "../../src/sdk/grpc-transport.ts";
import {
  makesRequests,
  responseHandlerOf,
  senderOf,
  transportOf,
} from "../../src/sdk/otlp-exporter.ts";
import { exporterOf, exportIntervalOf } from "../../src/sdk/periodic-reader.ts";
import { isNoopProvider, readersOfProvider, whenBound } from "../../src/sdk/provider.ts";
import { TESTED_VERSIONS } from "../../src/sdk/versions.ts";

const root = join(import.meta.dirname, "../..");

function periodic(exporter = new ConsoleMetricExporter()): PeriodicExportingMetricReader {
  return new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 12_345 });
}

function providerOf(reader: PeriodicExportingMetricReader): MeterProvider {
  const provider = new MeterProvider({ readers: [reader] });
  onTestFinished(() => provider.shutdown());
  return provider;
}

it("was tested with the installed release, and the page says with which", () => {
  const manifest = readFileSync(
    join(root, "node_modules/@opentelemetry/sdk-metrics/package.json"),
    "utf8",
  );
  const { version } = JSON.parse(manifest) as { version: string };
  expect(TESTED_VERSIONS).toContain(version);
  const consumers = ["sdk-2-esm", "sdk-3-esm"].map((name) => {
    const project = join(root, "test/compat/consumers", name, "package.json");
    const { dependencies } = JSON.parse(readFileSync(project, "utf8")) as {
      dependencies: Record<string, string>;
    };
    return dependencies["@opentelemetry/sdk-metrics"];
  });
  expect(TESTED_VERSIONS).toEqual(expect.arrayContaining(consumers));
  const page = readFileSync(join(root, "docs/attaching.md"), "utf8");
  for (const tested of TESTED_VERSIONS) expect(page).toContain(tested);
});

it("finds the readers of a provider, each with its collector", () => {
  const reader = periodic();
  const provider = providerOf(reader);
  const found = readersOfProvider(provider);
  expect(found?.map((one) => one.reader)).toEqual([reader]);
  expect(found?.[0]?.collector.collect).toBeTypeOf("function");
});

it("finds none in a provider of another shape, and tells the API's own", () => {
  expect(readersOfProvider({ getMeter: () => metrics.getMeter("a") })).toBeUndefined();
  expect(isNoopProvider(metrics.getMeterProvider())).toBe(true);
  expect(isNoopProvider(providerOf(periodic()))).toBe(false);
});

it("tells the API's own provider from others where a bundler has shortened its name", () => {
  class A {
    getMeter(name: string): ReturnType<MeterProvider["getMeter"]> {
      return metrics.getMeterProvider().getMeter(name);
    }
  }
  expect(isNoopProvider(new A())).toBe(true);
  const real = providerOf(periodic());
  expect(isNoopProvider({ getMeter: (name) => real.getMeter(name) })).toBe(false);
  // Somebody's own, who has one meter for all.
  const meter = real.getMeter("a");
  expect(isNoopProvider({ getMeter: () => meter })).toBe(false);
});

it("hears of the collector when a provider takes the reader", async () => {
  const reader = periodic();
  const heard: unknown[] = [];
  whenBound(reader, (collector) => heard.push(collector));
  const provider = providerOf(reader);
  expect(heard).toEqual([readersOfProvider(provider)?.[0]?.collector]);
});

it("finds a periodic reader's exporter and interval, and none in another reader", () => {
  const exporter = new ConsoleMetricExporter();
  const reader = periodic(exporter);
  expect(exporterOf(reader)).toBe(exporter);
  expect(exportIntervalOf(reader)).toBe(12_345);
  const pull = new PrometheusExporter({ preventServerStart: true });
  expect(exporterOf(pull)).toBeUndefined();
  expect(exportIntervalOf(pull)).toBeUndefined();
});

it.each([
  ["http/json", new OTLPMetricExporter()],
  ["http/protobuf", new ProtoExporter()],
])("finds the transports of an OTLP exporter over %s", (_, exporter) => {
  const transport = transportOf(exporter)!;
  expect(senderOf(transport)).not.toBe(transport);
  expect(makesRequests(senderOf(transport))).toBe(true);
  expect(responseHandlerOf(exporter)).toBeDefined();
});

it("finds the transport of an OTLP exporter over gRPC", () => {
  const exporter = new GrpcExporter();
  const sender = senderOf(transportOf(exporter)!);
  expect(makesRequests(sender)).toBe(false);
  expect(withCalls(sender, () => undefined)).not.toBe(sender);
  expect(responseHandlerOf(exporter)).toBeDefined();
});

it("finds nothing in an exporter of another kind", () => {
  const exporter = new ConsoleMetricExporter();
  expect(transportOf(exporter)).toBeUndefined();
  expect(responseHandlerOf(exporter)).toBeUndefined();
});
