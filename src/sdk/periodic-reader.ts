import { isObject, hasMethods } from "./shapes.ts";
import type { AttachableReader, PushExporter } from "./types.ts";

/* oxlint-disable no-underscore-dangle -- The names are the SDK's. */

/** Fields of a `PeriodicExportingMetricReader` of SDK 2.x and 3.x. */
interface PeriodicFields {
  _exporter?: unknown;
  readonly _exportInterval?: unknown;
}

/**
 * Returns the time between the exports of a periodic reader, in milliseconds. Undefined for another reader.
 */
export function exportIntervalOf(reader: AttachableReader): number | undefined {
  const { _exportInterval: ms } = reader as PeriodicFields;
  return typeof ms === "number" && Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

/** Returns the exporter inside a periodic reader, or undefined if it is not found. */
export function exporterOf(reader: AttachableReader): PushExporter | undefined {
  const { _exporter: exporter } = reader as PeriodicFields;
  return isExporter(exporter) ? exporter : undefined;
}

/** Replaces the exporter of a reader in which {@link exporterOf} finds one. */
export function replaceExporter(reader: AttachableReader, exporter: PushExporter): void {
  (reader as PeriodicFields)._exporter = exporter;
}

function isExporter(value: unknown): value is PushExporter {
  return isObject(value) && hasMethods(value, "export", "forceFlush", "shutdown");
}
