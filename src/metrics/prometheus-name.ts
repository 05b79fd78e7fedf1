import { familyName } from "../points/translation/metric-name.ts";
import { Form } from "./form.ts";
import type { MetricSpec } from "./spec.ts";

/**
 * The name of a spec's metric in Prometheus, as `prometheusReader()` writes it by default: with its unit
 * and, of a counter, `_total`. The names of a histogram's samples begin with it.
 * @param form how the registry names its metrics @default as their specs say
 * @param unitSuffixes false for the name that OpenTelemetry's own exporter writes @default true
 */
export function prometheusName(
  spec: MetricSpec,
  form: Form = new Form(),
  unitSuffixes = true,
): string {
  const { unit, kind } = spec;
  const { isVerbatim } = form;
  return familyName(
    { name: form.nameOf(spec), unit, isCounter: kind === "counter", isVerbatim },
    { unitSuffixes },
  ).name;
}
