import { activeSpanContext } from "../shared/api.ts";
import type { Exemplar } from "../points/types.ts";

/** Which measurements are kept as exemplars: none, or the last one of each series or bucket in a sampled span. */
export type ExemplarOption = "off" | "traced";

/** The measurement with the sampled span in which it is made; undefined outside of one. */
export function exemplarOf(value: number, nowMs: number): Exemplar | undefined {
  const span = activeSpanContext();
  if (span === undefined || (span.traceFlags & SAMPLED) === 0) return undefined;
  return { value, timeMs: nowMs, traceId: span.traceId, spanId: span.spanId };
}

/** `TraceFlags.SAMPLED`, a bit of W3C Trace Context. */
const SAMPLED = 0x01;
