import { activeSpanContext } from "../shared/api.ts";
import type { Exemplar } from "../points/types.ts";

/**
 * Which measurements become exemplars: none, or the last one in a sampled span, for each series or bucket.
 */
export type ExemplarOption = "off" | "traced";

/** Returns the measurement with the active sampled span, or undefined if there is none. */
export function exemplarOf(value: number, nowMs: number): Exemplar | undefined {
  const span = activeSpanContext();
  if (span === undefined || (span.traceFlags & SAMPLED) === 0) return undefined;
  return { value, timeMs: nowMs, traceId: span.traceId, spanId: span.spanId };
}

/** `TraceFlags.SAMPLED`, a bit of W3C Trace Context. */
const SAMPLED = 0x01;
