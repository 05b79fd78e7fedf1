import { trace, TraceFlags } from "@opentelemetry/api";
import type { Exemplar } from "../points/types.ts";

/** Which measurements are kept as exemplars: none, or the last one of each series or bucket in a sampled span. */
export type ExemplarOption = "off" | "traced";

/** The measurement with the sampled span in which it is made; undefined outside of one. */
export function exemplarOf(value: number, nowMs: number): Exemplar | undefined {
  const span = trace.getActiveSpan()?.spanContext();
  if (span === undefined || (span.traceFlags & TraceFlags.SAMPLED) === 0) return undefined;
  return { value, timeMs: nowMs, traceId: span.traceId, spanId: span.spanId };
}
