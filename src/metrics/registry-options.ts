import type { Identity } from "../identity/identity.ts";
import type { ExemplarOption } from "./exemplars.ts";
import type { FormOptions } from "./form.ts";
import type { MetricSpec } from "./spec.ts";

/** Options of a registry of metrics. */
export interface MetricRegistryOptions extends FormOptions {
  /** Throws a `MeasurementError` to the caller of a measurement that is dropped. @default false */
  readonly strict?: boolean;
  /**
   * How metrics reach OpenTelemetry. `auto`: directly to every attached reader, with its views, and through
   * instruments of the MeterProvider to other readers. `instruments`: always through instruments.
   * @default `auto`
   */
  readonly delivery?: "auto" | "instruments";
  /**
   * Which measurements become exemplars. `traced`: the last measurement in a sampled span, for each series
   * and each bucket of a histogram. @default `off`
   */
  readonly exemplars?: ExemplarOption;
  /** The wall clock, in milliseconds since the Unix epoch. @default Date.now */
  readonly now?: () => number;
  /** The identity for the constant labels. @default none, so there are no constant labels */
  readonly identity?: Identity;
}

/** A summary of a metric. */
export interface MetricSummary {
  readonly spec: MetricSpec;
  /** The current number of series. */
  readonly series: number;
}
