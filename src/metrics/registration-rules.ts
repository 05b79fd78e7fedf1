import type { Form } from "./form.ts";
import { prometheusName } from "./prometheus-name.ts";
import { sameSpec, specKey, type MetricSpec, specTitle } from "./spec.ts";
import { MetricConflictError } from "./spec-errors.ts";

/** One thing that must hold between a spec and one that is registered: what is wrong, if anything. */
type Between = (spec: MetricSpec, known: MetricSpec, form: Form) => string | undefined;

const RULES: readonly Between[] = [idsOnce, nameOnce, samePrometheusFamily, noPrometheusOverlap];

/**
 * Refuses a spec that contradicts one of those that are registered, or the form's constant labels.
 * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT` names both and where they were declared
 */
export function checkAgainst(spec: MetricSpec, known: readonly MetricSpec[], form: Form): void {
  const taken = spec.labels.find(({ key }) => form.constantLabels.includes(prometheusName(key)));
  if (taken !== undefined) {
    throw new MetricConflictError(
      `${titleAt(spec)} has the label ${taken.key}, which is one of the constant labels ${form.constantLabels.join(", ")}; rename it`,
    );
  }
  for (const other of known) {
    for (const rule of RULES) {
      const how = rule(spec, other, form);
      if (how !== undefined) {
        throw new MetricConflictError(`${titleAt(spec)} contradicts ${titleAt(other)}, ${how}`);
      }
    }
  }
}

function idsOnce(spec: MetricSpec, known: MetricSpec): string | undefined {
  return specKey(spec) === specKey(known) && !sameSpec(spec, known)
    ? "which is registered with the same ids"
    : undefined;
}

function nameOnce(spec: MetricSpec, known: MetricSpec, form: Form): string | undefined {
  if (spec.service.name !== known.service.name) return undefined;
  const names = (one: MetricSpec): string[] =>
    [one.name, form.nameOf(one)].map((name) => name.toLowerCase());
  return names(spec).some((name) => names(known).includes(name))
    ? "which has the same name"
    : undefined;
}

/** Metrics of two services may share a name if Prometheus can take them for one family. */
function samePrometheusFamily(spec: MetricSpec, known: MetricSpec, form: Form): string | undefined {
  if (family(spec, form) !== family(known, form)) return undefined;
  const one = JSON.stringify([spec.kind, spec.unit, spec.buckets]);
  const other = JSON.stringify([known.kind, known.unit, known.buckets]);
  return one === other
    ? undefined
    : `which is ${family(known, form)} in Prometheus too, with another kind, unit or buckets`;
}

/** A histogram's `_count` must not be another metric's name. */
function noPrometheusOverlap(spec: MetricSpec, known: MetricSpec, form: Form): string | undefined {
  if (family(spec, form) === family(known, form)) return undefined;
  const both = sampleNames(spec, form).find((name) => sampleNames(known, form).includes(name));
  return both === undefined ? undefined : `which has samples named ${both} in Prometheus too`;
}

function family(spec: MetricSpec, form: Form): string {
  const name = prometheusName(form.nameOf(spec));
  return spec.kind === "counter" && !name.endsWith("_total") ? `${name}_total` : name;
}

function sampleNames(spec: MetricSpec, form: Form): string[] {
  const name = family(spec, form);
  return spec.kind === "histogram" || spec.kind === "distribution"
    ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]
    : [name];
}

function titleAt(spec: MetricSpec): string {
  const where = spec.definedAt === undefined ? "" : ` at ${spec.definedAt}`;
  return `${spec.kind} ${specTitle(spec)}${where}`;
}
