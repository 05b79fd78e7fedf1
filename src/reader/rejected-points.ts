/* oxlint-disable no-underscore-dangle -- The names are the SDK's. */

/**
 * What an OTLP exporter of both release lines keeps: a handler that is told what the receiver
 * answered to an export that it took, just before the exporter reports its success.
 */
interface OtlpDelegate {
  _responseHandler?: { handleResponse: (response: unknown) => void };
}

/** By the handler: an exporter may be wrapped in several ways, and share its handler with others. */
const rejections = new WeakMap<object, { points: number }>();

/**
 * Watches for the points that a receiver rejects of an export that it takes, OTLP's partial success,
 * which an exporter reports as a success.
 * @returns gives how many were rejected of the export that ends now; always 0 for other exporters
 */
export function rejectedPoints(exporter: object): () => number {
  const { _delegate: delegate } = exporter as { _delegate?: OtlpDelegate };
  const handler = delegate?._responseHandler;
  if (typeof handler?.handleResponse !== "function") return () => 0;
  const known = rejections.get(handler);
  const latest = known ?? { points: 0 };
  if (known === undefined) {
    rejections.set(handler, latest);
    const handle = handler.handleResponse.bind(handler);
    handler.handleResponse = (response) => {
      latest.points = rejectedOf(response);
      handle(response);
    };
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
