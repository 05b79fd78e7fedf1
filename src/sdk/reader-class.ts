import { takesStreams } from "../points/streams.ts";
import { classNameOf } from "../shared/class-name.ts";
import { exportIntervalOf } from "./periodic-reader.ts";
import type { AttachableReader } from "./types.ts";

/**
 * Returns the name of a reader's class. If a minifier has shortened it, guesses it from methods and fields.
 */
export function readerClassOf(reader: AttachableReader): string {
  if (takesStreams(reader)) return "PrometheusReader";
  return classNameOf(reader, classByShape(reader));
}

function classByShape(reader: AttachableReader): string {
  if ("getMetricsRequestHandler" in reader) return "PrometheusExporter";
  return exportIntervalOf(reader) === undefined ? "MetricReader" : "PeriodicExportingMetricReader";
}
