import type { OtlpExport, OtlpPoint } from "../setup/otlp-receiver.ts";

/**
 * What a receiver that keeps the streams of this version has counted: of cumulative ones the last value of
 * each, of deltas all values.
 */
export function counted(
  exports: readonly OtlpExport[],
  version: string,
  metric: "http.server.request.duration" | "frozen.handled",
  temporality: "cumulative" | "delta" = "cumulative",
): number {
  const streams = new Map<string, number>();
  let sum = 0;
  for (const { resource, metrics } of exports) {
    if (resource["service.version"] !== version) continue;
    for (const { name, histogram, sum: total } of metrics) {
      if (name !== metric) continue;
      for (const point of histogram?.dataPoints ?? total?.dataPoints ?? []) {
        const value = valueOf(point);
        sum += value;
        const { attributes, startTimeUnixNano } = point;
        const number = String(resource["taskmon.task.number"]);
        const key = JSON.stringify([number, startTimeUnixNano, attributes]);
        streams.set(key, Math.max(value, streams.get(key) ?? 0));
      }
    }
  }
  if (temporality === "delta") return sum;
  return [...streams.values()].reduce((all, value) => all + value, 0);
}

function valueOf({ count, asInt, asDouble }: OtlpPoint): number {
  return Number(count ?? asInt ?? asDouble ?? 0);
}
