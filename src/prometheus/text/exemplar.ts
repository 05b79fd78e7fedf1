import type { Exemplar } from "../../points/types.ts";
import { numberText } from "../bytes/digits.ts";

/**
 * Returns the text after a value in OpenMetrics: ` # {trace_id="…",span_id="…"} 0.3 1764.5`. Undefined if an
 * id is not valid, because it would break the line.
 */
export function exemplarText({ traceId, spanId, value, timeMs }: Exemplar): string | undefined {
  if (!isHex(traceId, 32) || !isHex(spanId, 16)) return undefined;
  const labels = `{trace_id="${traceId}",span_id="${spanId}"}`;
  return ` # ${labels} ${numberText(value)} ${timeMs / 1_000}`;
}

/** Whether `id` consists of `length` hex digits, as the id of a trace or span must. */
export function isHex(id: string, length: number): boolean {
  return id.length === length && /^[0-9a-f]+$/.test(id);
}
