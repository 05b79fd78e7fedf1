import { familyName, type Translation } from "../points/translation/metric-name.ts";
import { Form } from "./form.ts";
import type { Naming } from "./naming.ts";
import type { MetricSpec } from "./spec.ts";

/** Options of {@link prometheusName}. */
export interface PrometheusNameOptions {
  /** How the registry names its metrics. @default by the names in their specs */
  readonly naming?: Naming;
  /** False for the name that OpenTelemetry's own exporter writes. @default true */
  readonly unitSuffixes?: boolean;
  /**
   * True for the name that Prometheus and OpenTelemetry's Collector derive from OTLP: a gauge in `1` ends
   * in `_ratio`. @default false
   */
  readonly collector?: boolean;
}

/**
 * The name of a spec's metric in Prometheus, as `prometheusReader()` writes it by default: with its unit
 * and, of a counter, `_total`. The names of a histogram's samples begin with it.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for what is no naming
 */
export function prometheusName(spec: MetricSpec, options: PrometheusNameOptions = {}): string {
  const { naming, ...translation } = options;
  return familyNameOf(spec, new Form({ naming }), translation);
}

/** The same under a registry's form. */
export function familyNameOf(spec: MetricSpec, form: Form, translation: Translation): string {
  const { unit, kind } = spec;
  const { isVerbatim } = form;
  const isGauge = kind === "gauge" || kind === "state";
  return familyName(
    { name: form.nameOf(spec), unit, isCounter: kind === "counter", isGauge, isVerbatim },
    translation,
  ).name;
}
