import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import {
  AggregationTemporality,
  MeterProvider,
  type IMetricReader,
} from "@opentelemetry/sdk-metrics";
import * as successor from "@prometheus-io/client";
import * as promClient from "prom-client";
import { createTaskmon, memoryAllocator } from "taskmon";
import { defineCounter, defineHistogram } from "taskmon/metrics";
import { prometheusReader } from "taskmon/prometheus";
import { scrape } from "./sink.ts";

/** A metrics library with its metrics. */
export interface Subject {
  /** Changes a fifth of all series. */
  readonly change: (round: number) => void;
  /** Writes all metrics as the bytes of an answer. @returns how many they are */
  readonly scrape: () => Promise<number>;
}

/** Of each kind so many series. */
export interface Size {
  readonly counters: number;
  readonly histograms: number;
}

/** However busy the machine is. */
const TIMEOUT_MS = 600_000;
const SERIES_PER_COUNTER = 1_000;
const SERIES_PER_HISTOGRAM = 100;
const LABELS = ["shop", "till", "currency"] as const;
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20];

interface Labels extends Record<string, string> {
  readonly shop: string;
  readonly till: string;
  readonly currency: string;
}

interface Recorders {
  readonly counters: ((amount: number) => void)[];
  readonly histograms: ((value: number) => void)[];
}

/** Taskmon's own reader with Taskmon's own metrics. */
export function taskmonSubject(
  size: Size,
  headers: Readonly<Record<string, string>> = {},
): Subject {
  const taskmon = createTaskmon({
    target: { serviceName: "bench", jobName: `job-${process.hrtime.bigint()}` },
    allocator: memoryAllocator(),
    http: false,
  });
  const reader = taskmon.attach(prometheusReader({ timeoutMs: TIMEOUT_MS }));
  const input = (id: number, name: string) =>
    ({ service: "0xb", id: BigInt(id + 1), name, help: "Sales.", labels: LABELS }) as const;
  return {
    change: changing(
      recorders(
        size,
        (name, index) => {
          const counter = taskmon.metrics.counter(defineCounter(input(index, name)));
          return (labels) => {
            const bound = counter.bind(labels);
            return (amount) => bound.add(amount);
          };
        },
        (name, index) => {
          const spec = { ...input(10_000 + index, name), buckets: BOUNDS };
          const histogram = taskmon.metrics.histogram(defineHistogram(spec));
          return (labels) => {
            const bound = histogram.bind(labels);
            return (value) => bound.record(value);
          };
        },
      ),
    ),
    scrape: () => scrape(reader, headers),
  };
}

/** OpenTelemetry's SDK with its exporter, or with Taskmon's reader in its stead. */
export function sdkSubject(size: Size, kind: "exporter" | "taskmon"): Subject {
  const limits = { cardinalitySelector: () => 1_000_000 };
  const exporter = new PrometheusExporter({ preventServerStart: true });
  Object.assign(exporter, { selectCardinalityLimit: limits.cardinalitySelector });
  const own = prometheusReader({ timeoutMs: TIMEOUT_MS });
  Object.assign(own, { selectCardinalityLimit: limits.cardinalitySelector });
  const reader = (kind === "exporter" ? exporter : own) as unknown as IMetricReader;
  if (
    reader.selectAggregationTemporality("COUNTER" as never) !== AggregationTemporality.CUMULATIVE
  ) {
    throw new Error("Prometheus is cumulative");
  }
  const meter = new MeterProvider({ readers: [reader] }).getMeter("bench", "1");
  const serializer = new PrometheusSerializer();
  return {
    change: changing(
      recorders(
        size,
        (name) => {
          const counter = meter.createCounter(name, { description: "Sales." });
          return (labels) => (amount) => counter.add(amount, labels);
        },
        (name) => {
          const histogram = meter.createHistogram(name, {
            description: "Sales.",
            advice: { explicitBucketBoundaries: BOUNDS },
          });
          return (labels) => (value) => histogram.record(value, labels);
        },
      ),
    ),
    async scrape() {
      if (kind === "taskmon") return scrape(own);
      const { resourceMetrics } = await exporter.collect();
      return Buffer.from(serializer.serialize(resourceMetrics)).length;
    },
  };
}

/** prom-client 15, or the client of the Prometheus project that it became. */
export function promClientSubject(size: Size, library: "prom-client" | "successor"): Subject {
  const client = (library === "prom-client" ? promClient : successor) as typeof promClient;
  const registry = new client.Registry();
  const common = { help: "Sales.", labelNames: LABELS, registers: [registry] };
  return {
    change: changing(
      recorders(
        size,
        (name) => {
          const counter = new client.Counter({ ...common, name });
          return (labels) => (amount) => counter.inc(labels, amount);
        },
        (name) => {
          const histogram = new client.Histogram({ ...common, name, buckets: BOUNDS });
          return (labels) => (value) => histogram.observe(labels, value);
        },
      ),
    ),
    scrape: async () => Buffer.from(await registry.metrics()).length,
  };
}

type CreateMetric = (name: string, index: number) => (labels: Labels) => (value: number) => void;

function recorders(size: Size, counter: CreateMetric, histogram: CreateMetric): Recorders {
  return {
    counters: series(size.counters, SERIES_PER_COUNTER, "sales", counter),
    histograms: series(size.histograms, SERIES_PER_HISTOGRAM, "waits", histogram),
  };
}

function series(
  total: number,
  perMetric: number,
  name: string,
  create: CreateMetric,
): ((value: number) => void)[] {
  const metrics = Math.ceil(total / perMetric);
  return Array.from({ length: metrics }, (_, index) => {
    const metric = create(`${name}_${index}`, index);
    return Array.from({ length: Math.min(perMetric, total - index * perMetric) }, (__, till) =>
      metric({ shop: `shop-${till % 100}`, till: `till-${till}`, currency: "EUR" }),
    );
  }).flat();
}

/** In the first round all series are there. */
function changing({ counters, histograms }: Recorders): (round: number) => void {
  return (round) => {
    counters.forEach((add, index) => {
      if (round === 0 || index % 5 === round % 5) add(1 + (index % 97));
    });
    histograms.forEach((record, index) => {
      if (round > 0 && index % 5 !== round % 5) return;
      for (let times = 0; times < 5; times++) record(((index * 7_919 + times * 131) % 2_000) / 100);
    });
  };
}
