import { responseHandlerOf, watchResponses } from "../sdk/otlp-exporter.ts";

/** The latest rejections by handler. Exporters may share a handler. */
const rejections = new WeakMap<object, { points: number }>();

/**
 * Watches for OTLP's partial success: points that a receiver rejects although it accepts the export. An
 * exporter reports it as a success.
 * @returns a function that gives the number of rejected points of the export that ends now; always 0 for
 *   other exporters
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

/** Reads the number of rejected points. In JSON it is a text, because it is a 64-bit integer. */
function rejectedOf(response: unknown): number {
  const { partialSuccess } = (response ?? {}) as {
    partialSuccess?: { rejectedDataPoints?: unknown } | null;
  };
  const points = Number(partialSuccess?.rejectedDataPoints ?? 0);
  return Number.isSafeInteger(points) && points > 0 ? points : 0;
}
