import { responseHandlerOf, watchResponses } from "../sdk/otlp-exporter.ts";

/** By the handler: an exporter may be wrapped in several ways, and share its handler with others. */
const rejections = new WeakMap<object, { points: number }>();

/**
 * Watches for the points that a receiver rejects of an export that it takes, OTLP's partial success,
 * which an exporter reports as a success.
 * @returns gives how many were rejected of the export that ends now; always 0 for other exporters
 */
export function rejectedPoints(exporter: object): () => number {
  const handler = responseHandlerOf(exporter);
  if (handler === undefined) return () => 0;
  const known = rejections.get(handler);
  const latest = known ?? { points: 0 };
  if (known === undefined) {
    rejections.set(handler, latest);
    watchResponses(handler, (response) => {
      latest.points = rejectedOf(response);
    });
  }
  return () => {
    const { points } = latest;
    latest.points = 0;
    return points;
  };
}

/** JSON has it as text: it is a 64-bit integer. */
function rejectedOf(response: unknown): number {
  const { partialSuccess } = (response ?? {}) as {
    partialSuccess?: { rejectedDataPoints?: unknown } | null;
  };
  const points = Number(partialSuccess?.rejectedDataPoints ?? 0);
  return Number.isSafeInteger(points) && points > 0 ? points : 0;
}
