import type { MeterProvider } from "@opentelemetry/api";
import { hasMethods, isObject } from "./shapes.ts";
import type { AttachableReader } from "./types.ts";

/* oxlint-disable no-underscore-dangle -- The names are the SDK's. */

/** What a MeterProvider has for each of its readers; made from what the provider shares, and the reader. */
type CollectorClass = new (shared: object, reader: AttachableReader) => object;

/**
 * Gives a MeterProvider of the SDK one more reader, which its constructor alone takes in public. The reader
 * gets what is measured by instruments that are made from now on.
 * @returns whether it could: the provider must be the SDK's, and have a reader already
 */
export function addReader(provider: MeterProvider, reader: AttachableReader): boolean {
  const shared = (provider as { readonly _sharedState?: { readonly metricCollectors?: unknown } })
    ._sharedState;
  const collectors = shared?.metricCollectors;
  if (!isObject(shared) || !Array.isArray(collectors)) return false;
  const [first] = collectors as readonly unknown[];
  if (!isObject(first) || !hasMethods(first, "collect") || !("_metricReader" in first))
    return false;
  try {
    const collector = new (first.constructor as CollectorClass)(shared, reader);
    reader.setMetricProducer?.(collector);
    collectors.push(collector);
    return true;
  } catch {
    return false;
  }
}
