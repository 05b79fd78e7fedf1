import type { Identity } from "../identity/identity.ts";
import type { ExemplarOption } from "./exemplars.ts";
import type { FormOptions } from "./form.ts";
import type { MetricSpec } from "./spec.ts";

/** Options of a registry of metrics. */
export interface MetricRegistryOptions extends FormOptions {
  /** Throw a `MeasurementError` into callers whose measurement is dropped. @default false */
  readonly strict?: boolean;
  /**
   * How metrics reach OpenTelemetry. `auto`: directly to every attached reader, under its views, and
   * through instruments of the MeterProvider to other readers. `instruments`: always through those.
   * @default `auto`
   */
  readonly delivery?: "auto" | "instruments";
  /**
   * Which measurements carry exemplars. `traced`: for each series, and each bucket of a histogram, the last
   * measurement that was made in a sampled span. @default `off`
   */
  readonly exemplars?: ExemplarOption;
  /** The wall clock, in milliseconds since the Unix epoch. @default Date.now */
  readonly now?: () => number;
  /** The identity for the constant labels. @default none, so there are no constant labels */
  readonly identity?: Identity;
}

/** What can be seen of a metric without its handle. */
export interface MetricSummary {
  readonly spec: MetricSpec;
  /** How many series it has now. */
  readonly series: number;
}
