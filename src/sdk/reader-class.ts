import { takesStreams } from "../points/streams.ts";
import { classNameOf } from "../shared/class-name.ts";
import { exportIntervalOf } from "./periodic-reader.ts";
import type { AttachableReader } from "./types.ts";

/** The name of a reader's class. Where a minifier has shortened it, the reader's methods and fields tell. */
export function readerClassOf(reader: AttachableReader): string {
  if (takesStreams(reader)) return "PrometheusReader";
  return classNameOf(reader, classByShape(reader));
}

function classByShape(reader: AttachableReader): string {
  if ("getMetricsRequestHandler" in reader) return "PrometheusExporter";
  return exportIntervalOf(reader) === undefined ? "MetricReader" : "PeriodicExportingMetricReader";
}
