import {
  AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";

/** What the SDK's histogram of one kind holds of `values`. */
export async function collectHistogram<V>(
  kind: "exponential" | "explicit",
  values: readonly number[],
): Promise<V> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e9 });
  const type = AggregationType.EXPONENTIAL_HISTOGRAM;
  const provider = new MeterProvider({
    readers: [reader],
    views: kind === "explicit" ? [] : [{ instrumentName: "h", aggregation: { type } }],
  });
  const histogram = provider.getMeter("m").createHistogram("h");
  // A histogram of nothing, too, is collected.
  const empty = values.length === 0;
  for (const value of empty ? [0] : values) histogram.record(value);
  const { resourceMetrics } = await reader.collect();
  await provider.shutdown();
  const point = resourceMetrics.scopeMetrics[0]!.metrics[0]!.dataPoints[0]!.value;
  return (empty ? emptied(point as object) : point) as V;
}

function emptied(point: object): object {
  return "buckets" in point ? { ...point, ...zero } : { ...point, ...zero, zeroCount: 0 };
}

const zero = { count: 0, sum: 0, min: undefined, max: undefined };
