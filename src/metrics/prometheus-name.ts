import { familyName, type Translation } from "../points/translation/metric-name.ts";
import { Form } from "./form.ts";
import type { Naming } from "./naming.ts";
import type { MetricSpec } from "./spec.ts";

/** Options of {@link prometheusName}. */
export interface PrometheusNameOptions {
  /** The naming of the registry. @default the names of the specs */
  readonly naming?: Naming;
  /** False gives the name that OpenTelemetry's own exporter writes. @default true */
  readonly unitSuffixes?: boolean;
  /**
   * True gives the name that Prometheus and the OpenTelemetry Collector derive from OTLP: a gauge with unit
   * `1` ends in `_ratio`. @default false
   */
  readonly collector?: boolean;
}

/**
 * Returns the name of a spec's metric in Prometheus, as `prometheusReader()` writes it by default: with its
 * unit and, for a counter, `_total`. The sample names of a histogram begin with it.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` if `naming` is not a function
 */
export function prometheusName(spec: MetricSpec, options: PrometheusNameOptions = {}): string {
  const { naming, ...translation } = options;
  return familyNameOf(spec, new Form({ naming }), translation);
}

/** The same, with the names of a registry. */
export function familyNameOf(spec: MetricSpec, form: Form, translation: Translation): string {
  const { unit, kind } = spec;
  const { isVerbatim } = form;
  const isGauge = kind === "gauge" || kind === "state";
  return familyName(
    { name: form.nameOf(spec), unit, isCounter: kind === "counter", isGauge, isVerbatim },
    translation,
  ).name;
}
