import type { OtlpExport, OtlpPoint } from "../setup/otlp-receiver.ts";

/** The requests on routes that an export counts; only those with these attributes where some are given. */
export function requestsOf(
  received: OtlpExport,
  attributes: Readonly<Record<string, unknown>> = {},
): number {
  const points = received.metrics
    .filter(({ name }) => name === "http.server.request.duration")
    .flatMap(({ histogram }) => histogram?.dataPoints ?? [])
    .filter((point) => point.attributes?.["http.route"] !== undefined);
  return total(points, attributes, ({ count = 0 }) => Number(count));
}

/** The orders placed that an export counts. */
export function ordersOf(received: OtlpExport): number {
  const points = received.metrics
    .filter(({ name }) => name === "shop.orders.placed")
    .flatMap(({ sum }) => sum?.dataPoints ?? []);
  return total(points, {}, ({ asInt, asDouble }) => Number(asInt ?? asDouble ?? 0));
}

function total(
  points: readonly OtlpPoint[],
  attributes: Readonly<Record<string, unknown>>,
  value: (point: OtlpPoint) => number,
): number {
  return points
    .filter((point) =>
      // 64-bit integers come as text or as numbers, by the encoding.
      Object.entries(attributes).every(
        ([key, wanted]) => String(point.attributes?.[key]) === String(wanted),
      ),
    )
    .reduce((sum, point) => sum + value(point), 0);
}
