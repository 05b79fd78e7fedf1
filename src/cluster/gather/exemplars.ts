import type { Exemplar } from "../../points/types.ts";
import { isText } from "../channels/checks.ts";
import { fromWire } from "./numbers.ts";

/** Returns the valid exemplars, at most `max`, or undefined if there are none. */
export function exemplarsFromWire(given: unknown, max: number): Exemplar[] | undefined {
  if (!Array.isArray(given)) return undefined;
  const exemplars = given.slice(0, max).flatMap((one: unknown): Exemplar[] => {
    if (!Array.isArray(one)) return [];
    const [number, timeMs, traceId, spanId] = one as unknown[];
    const value = fromWire(number);
    if (value === undefined || typeof timeMs !== "number" || !Number.isFinite(timeMs)) return [];
    if (!isText(traceId, MAX_ID) || !isText(spanId, MAX_ID)) return [];
    return [{ value, timeMs, traceId, spanId }];
  });
  return exemplars.length === 0 ? undefined : exemplars;
}

const MAX_ID = 32;
