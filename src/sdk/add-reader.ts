import type { MeterProvider } from "@opentelemetry/api";
import { hasMethods, isObject } from "./shapes.ts";
import type { AttachableReader } from "./types.ts";

/* oxlint-disable no-underscore-dangle -- The names are the SDK's. */

/** The class of the collectors that a MeterProvider has for each of its readers. */
type CollectorClass = new (shared: object, reader: AttachableReader) => object;

/**
 * Adds a reader to an SDK's MeterProvider, which officially only its constructor can do. The reader gets the
 * measurements of instruments that are created from now on.
 * @returns whether it was possible: the provider must be the SDK's and already have a reader
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
