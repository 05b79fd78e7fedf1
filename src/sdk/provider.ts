import type { MeterProvider } from "@opentelemetry/api";
import type { Collected } from "../points/types.ts";
import { hasMethods, isObject } from "./shapes.ts";
import type { AttachableReader, CollectOptions } from "./types.ts";

/* oxlint-disable no-underscore-dangle -- The names are the SDK's. */

/** The collector that an SDK's MeterProvider has for each reader. */
export interface Collector {
  collect(options?: CollectOptions): Promise<Collected>;
}

/** A reader of a MeterProvider, and the collector through which it collects. */
export interface BoundReader {
  readonly reader: AttachableReader;
  readonly collector: Collector;
}

interface ProviderFields {
  readonly _sharedState?: { readonly metricCollectors?: unknown };
}

interface CollectorFields extends Collector {
  readonly _metricReader?: unknown;
}

/** Returns the readers of an SDK's MeterProvider, or undefined if they are not found. */
export function readersOfProvider(provider: MeterProvider): readonly BoundReader[] | undefined {
  const collectors = (provider as ProviderFields)._sharedState?.metricCollectors;
  if (!Array.isArray(collectors) || !collectors.every(isCollector)) return undefined;
  return collectors.map((collector) => ({
    collector,
    reader: collector._metricReader as AttachableReader,
  }));
}

/** Whether this is the API's no-op provider, of any copy of the API. */
export function isNoopProvider(provider: MeterProvider): boolean {
  if (provider.constructor.name === "NoopMeterProvider") return true;
  // In a bundle the class name may be shortened. A no-op provider has one empty meter for every name.
  const meter = provider.getMeter("taskmon.task");
  return meter === provider.getMeter("taskmon.metrics") && Object.keys(meter).length === 0;
}

/**
 * Calls `onBound` with the collector of `reader` when its MeterProvider sets it. `setMetricProducer` is a
 * public method of readers, but the other abilities of the collector are not documented.
 */
export function whenBound(reader: AttachableReader, onBound: (collector: Collector) => void): void {
  const bind = reader.setMetricProducer?.bind(reader);
  if (bind === undefined) return;
  reader.setMetricProducer = (producer): void => {
    bind(producer);
    if (isObject(producer) && hasMethods(producer, "collect")) onBound(producer as Collector);
  };
}

function isCollector(value: unknown): value is CollectorFields {
  if (!isObject(value) || !hasMethods(value, "collect")) return false;
  const { _metricReader: reader } = value as CollectorFields;
  return isObject(reader) && hasMethods(reader, "collect", "forceFlush", "shutdown");
}
