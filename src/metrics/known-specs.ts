import { labelName } from "../points/translation/label-name.ts";
import type { Form } from "./form.ts";
import { familyNameOf } from "./prometheus-name.ts";
import { sameSpec, specKey, type MetricSpec, specTitle } from "./spec.ts";
import { MetricConflictError } from "./spec-errors.ts";

/**
 * Holds specs that do not conflict. Each spec claims what must be unique: its ids, its name within the
 * service, and the names of its samples in Prometheus.
 */
export class KnownSpecs {
  readonly #form: Form;
  /** The specs by claim. Several specs may share a Prometheus family. */
  readonly #claims = new Map<string, Set<MetricSpec>>();

  constructor(form: Form) {
    this.#form = form;
  }

  /**
   * Adds the spec.
   * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT` if it conflicts with a known spec or with the
   *   constant labels. The message names both specs and where they were declared
   */
  add(spec: MetricSpec): void {
    this.#checkLabels(spec);
    const claims = claimsOf(spec, this.#form);
    for (const claim of claims) {
      for (const known of this.#claims.get(claim) ?? []) {
        const how = conflict(spec, known, claim, this.#form);
        if (how === undefined) continue;
        throw new MetricConflictError(`${titleAt(spec)} contradicts ${titleAt(known)}, ${how}`);
      }
    }
    for (const claim of claims) {
      const holders = this.#claims.get(claim) ?? new Set();
      this.#claims.set(claim, holders.add(spec));
    }
  }

  /** Removes the spec. */
  delete(spec: MetricSpec): void {
    for (const claim of claimsOf(spec, this.#form)) {
      const holders = this.#claims.get(claim);
      holders?.delete(spec);
      if (holders?.size === 0) this.#claims.delete(claim);
    }
  }

  #checkLabels(spec: MetricSpec): void {
    const { constantLabels } = this.#form;
    const taken = spec.labels.find(({ key }) => constantLabels.includes(labelName(key)));
    if (taken === undefined) return;
    throw new MetricConflictError(
      `${titleAt(spec)} has the label ${taken.key}, which is one of the labels of every series (${constantLabels.join(", ")}); rename it`,
    );
  }
}

/** Returns what a spec claims. The first word of a claim is its type. */
function claimsOf(spec: MetricSpec, form: Form): string[] {
  const names = new Set([spec.name, form.nameOf(spec)].map((name) => name.toLowerCase()));
  return [
    `ids ${specKey(spec)}`,
    ...Array.from(names, (name) => `name ${spec.service.name}\n${name}`),
    ...Array.from(sampleNames(spec, form), (name) => `samples ${name}`),
  ];
}

/** Returns the problem if two specs have the same claim, or undefined if they may share it. */
function conflict(
  spec: MetricSpec,
  known: MetricSpec,
  claim: string,
  form: Form,
): string | undefined {
  if (claim.startsWith("ids ")) {
    if (sameSpec(spec, known)) return undefined;
    return spec.name === known.name ||
      ![spec, known].some(({ derivedIds }) => derivedIds.length > 0)
      ? "which is registered with the same ids"
      : "which has the same id, as it follows from a name; give one of them an id of its own (npx taskmon id)";
  }
  if (claim.startsWith("name ")) return "which has the same name";
  const sample = claim.slice("samples ".length);
  const isFamily = [spec, known].every((one) => familyNames(one, form).includes(sample));
  // For example, a histogram's `_count` must not be the name of another metric.
  if (!isFamily) return `which has ${claim.replace(" ", " named ")} in Prometheus too`;
  // Nothing would distinguish the series of two metrics of one service.
  if (spec.service.name === known.service.name) return `which is ${sample} in Prometheus too`;
  // Metrics of two services may share a name if Prometheus can take them for one family.
  return familyFacts(spec) === familyFacts(known)
    ? undefined
    : `which is ${sample} in Prometheus too, with another kind, unit or buckets`;
}

function familyFacts({ kind, unit, buckets }: MetricSpec): string {
  return JSON.stringify([kind, unit, buckets]);
}

/**
 * Returns the names that the metric may have in Prometheus: with its unit, and as OpenTelemetry's exporter
 * writes it.
 */
function familyNames(spec: MetricSpec, form: Form): string[] {
  return [
    ...new Set([true, false].map((unitSuffixes) => familyNameOf(spec, form, { unitSuffixes }))),
  ];
}

function sampleNames(spec: MetricSpec, form: Form): Set<string> {
  const names = familyNames(spec, form);
  const parts = HISTOGRAMS.has(spec.kind) ? ["", "_bucket", "_sum", "_count"] : [""];
  return new Set(names.flatMap((name) => parts.map((part) => `${name}${part}`)));
}

const HISTOGRAMS: ReadonlySet<MetricSpec["kind"]> = new Set([
  "histogram",
  "distribution",
  "exponentialHistogram",
]);

function titleAt(spec: MetricSpec): string {
  const where = spec.definedAt === undefined ? "" : ` at ${spec.definedAt}`;
  return `${spec.kind} ${specTitle(spec)}${where}`;
}
