import { type IdInput, parseId } from "../identity/id.ts";
import { describe } from "../shared/errors.ts";
import { callSite } from "./define-site.ts";
import { derivedMetricId } from "./derived-ids.ts";
import {
  labelDefinitions,
  type LabelDeclaration,
  type LabelDefinition,
  type LabelValues,
} from "./labels.ts";
import { findingsOf, type SpecDraft } from "./rules/index.ts";
import { DEFAULT_STATE_LABEL } from "./rules/labels-declared.ts";
import { partsOf, serviceIdOf } from "./rules/service-named.ts";
import { SDK_MAX_SERIES } from "./series.ts";
import { InvalidSpecError } from "./spec-errors.ts";

/** The kinds of metric. */
export type MetricKind =
  | "counter"
  | "upDownCounter"
  | "gauge"
  | "histogram"
  | "exponentialHistogram"
  | "state"
  | "distribution";

/** The kinds that have buckets with declared bounds. */
export type BucketKind = "histogram" | "distribution";

/**
 * The service that owns a metric: its name, which is its Meter's too, its id, or both. A text that begins
 * with a letter is a name. The id of a service that has only a name is {@link derivedServiceId}; the Meter
 * of one that has only an id is `taskmon.service.<hex id>`.
 */
export type ServiceInput = IdInput | { readonly id?: IdInput; readonly name: string };

/** What every declaration of a metric says. */
export interface SpecInput<L extends LabelDeclaration> {
  /** The owner. Each service has one Meter. */
  readonly service: ServiceInput;
  /** The metric's own id; (service, id) is unique in a registry. @default {@link derivedMetricId} */
  readonly id?: IdInput;
  /** The OpenTelemetry name: `shop.orders.placed`. */
  readonly name: string;
  /** One sentence for the people who read the metric. */
  readonly help: string;
  /** The unit as a UCUM code: `s`, `By`, `{order}`. @default `1` */
  readonly unit?: string;
  /** @default no labels: one series */
  readonly labels?: L;
  /**
   * Series kept apart; label values beyond that share one overflow series. An SDK's instrument keeps no
   * more than the default apart: a metric with more reaches attached readers only, by our producer.
   * @default 1998, which with the overflow series of ours and of the SDK makes its limit of 2000
   */
  readonly maxSeries?: number;
}

/** What the declaration of a histogram says. */
export interface HistogramInput<L extends LabelDeclaration> extends SpecInput<L> {
  /** Upper bounds of the buckets, inclusive and distinct, in any order; a last bucket without bound is implied. */
  readonly buckets: readonly number[];
}

/** What the declaration of a state says. */
export interface StateInput<L extends LabelDeclaration> extends SpecInput<L> {
  /** The label that names the state. @default `state` */
  readonly stateLabel?: string;
}

/** A checked declaration of a metric. `V` is the type of its label values. */
export interface MetricSpec<K extends MetricKind = MetricKind, V = unknown> {
  readonly kind: K;
  readonly service: { readonly id: bigint; readonly name: string };
  readonly id: bigint;
  readonly name: string;
  readonly help: string;
  readonly unit: string;
  readonly labels: readonly LabelDefinition[];
  readonly buckets: K extends BucketKind ? readonly number[] : undefined;
  readonly maxSeries: number;
  /** Which of its ids the declaration left out, so that they follow from names. */
  readonly derivedIds: readonly ("service" | "id")[];
  /** Where it was declared, `file:line:column`, for messages; undefined where that is not known. */
  readonly definedAt: string | undefined;
  /** For the compiler only; never set. */
  readonly labelValues?: V;
}

/** The declaration of a metric without labels. */
export type NoLabels = readonly [];

/**
 * Declares a counter: a sum that only grows.
 * @throws InvalidSpecError `ERR_TASKMON_INVALID_SPEC` says everything that is wrong
 */
export function defineCounter<const L extends LabelDeclaration = NoLabels>(
  input: SpecInput<L>,
): MetricSpec<"counter", LabelValues<L>> {
  return define("counter", input);
}

/**
 * Declares an up-down counter: a sum that grows and shrinks.
 * @throws InvalidSpecError `ERR_TASKMON_INVALID_SPEC` says everything that is wrong
 */
export function defineUpDownCounter<const L extends LabelDeclaration = NoLabels>(
  input: SpecInput<L>,
): MetricSpec<"upDownCounter", LabelValues<L>> {
  return define("upDownCounter", input);
}

/**
 * Declares a gauge: the last value set.
 * @throws InvalidSpecError `ERR_TASKMON_INVALID_SPEC` says everything that is wrong
 */
export function defineGauge<const L extends LabelDeclaration = NoLabels>(
  input: SpecInput<L>,
): MetricSpec<"gauge", LabelValues<L>> {
  return define("gauge", input);
}

/**
 * Declares a histogram: a distribution over fixed buckets.
 * @throws InvalidSpecError `ERR_TASKMON_INVALID_SPEC` says everything that is wrong
 */
export function defineHistogram<const L extends LabelDeclaration = NoLabels>(
  input: HistogramInput<L>,
): MetricSpec<"histogram", LabelValues<L>> {
  return define("histogram", input);
}

/**
 * Declares a histogram whose buckets grow by a constant factor and adapt to what is measured. The
 * Prometheus exporter cannot show one.
 * @throws InvalidSpecError `ERR_TASKMON_INVALID_SPEC` says everything that is wrong
 */
export function defineExponentialHistogram<const L extends LabelDeclaration = NoLabels>(
  input: SpecInput<L>,
): MetricSpec<"exponentialHistogram", LabelValues<L>> {
  return define("exponentialHistogram", input);
}

/**
 * Declares a state: a text or truth value, shown as a series that is 1 and names it in a label.
 * @throws InvalidSpecError `ERR_TASKMON_INVALID_SPEC` says everything that is wrong
 */
export function defineState<const L extends LabelDeclaration = NoLabels>(
  input: StateInput<L>,
): MetricSpec<"state", LabelValues<L>> {
  return define("state", input);
}

/**
 * Declares a distribution of what is there now, over fixed buckets, that is set as a whole.
 * @throws InvalidSpecError `ERR_TASKMON_INVALID_SPEC` says everything that is wrong
 */
export function defineDistribution<const L extends LabelDeclaration = NoLabels>(
  input: HistogramInput<L>,
): MetricSpec<"distribution", LabelValues<L>> {
  return define("distribution", input);
}

/** `shop.orders.placed (0xe492…/0xdb72…)`, to name a metric in a message. */
export function specTitle(spec: MetricSpec): string {
  const ids = `0x${spec.service.id.toString(16)}/0x${spec.id.toString(16)}`;
  return `${spec.name} (${ids})`;
}

/** A text that (service, metric) has for itself. */
export function specKey(spec: MetricSpec): string {
  return `${spec.service.id}/${spec.id}`;
}

/** Whether two specs declare the same metric in the same way, wherever they stand. */
export function sameSpec(a: MetricSpec, b: MetricSpec): boolean {
  const plain = (spec: MetricSpec): string =>
    JSON.stringify({
      ...spec,
      service: spec.service.name,
      id: specKey(spec),
      derivedIds: undefined,
      definedAt: undefined,
    });
  return a === b || (specKey(a) === specKey(b) && plain(a) === plain(b));
}

/**
 * The spec of a declaration from anywhere.
 * @param definedAt says where the declaration stands, for messages
 * @throws InvalidSpecError `ERR_TASKMON_INVALID_SPEC` says everything that is wrong
 */
export function specOf(
  draft: SpecDraft,
  definedAt: (() => string | undefined) | undefined,
): MetricSpec {
  const findings = findingsOf(draft);
  if (findings.length > 0) {
    const title = typeof draft.name === "string" ? draft.name : describe(draft.name);
    throw new InvalidSpecError(title, findings);
  }
  // The rules have checked every field; what follows only gives them their types.
  const service = serviceOf(draft.service);
  const name = draft.name as string;
  const isServiceDerived = partsOf(draft.service).id === undefined;
  const buckets = draft.buckets as readonly number[] | undefined;
  return Object.freeze({
    kind: draft.kind,
    service,
    id: draft.id === undefined ? derivedMetricId(service.name, name) : parseId("id", draft.id),
    name,
    help: (draft.help as string).trim(),
    unit: (draft.unit as string | undefined) ?? "1",
    labels: Object.freeze(labelsOf(draft)),
    buckets: buckets && Object.freeze(buckets.toSorted((a, b) => a - b)),
    maxSeries: (draft.maxSeries as number | undefined) ?? SDK_MAX_SERIES,
    derivedIds: Object.freeze([
      ...(isServiceDerived ? ["service"] : []),
      ...(draft.id === undefined ? ["id"] : []),
    ]),
    get definedAt() {
      return definedAt?.();
    },
  } as MetricSpec);
}

function define<K extends MetricKind, L extends LabelDeclaration>(
  kind: K,
  input: SpecInput<L>,
): MetricSpec<K, LabelValues<L>> {
  const draft: SpecDraft = {
    kind,
    service: input.service,
    id: input.id,
    name: input.name,
    help: input.help,
    unit: input.unit,
    labels: input.labels,
    buckets: "buckets" in input ? input.buckets : undefined,
    stateLabel: "stateLabel" in input ? input.stateLabel : undefined,
    maxSeries: input.maxSeries,
  };
  return specOf(draft, callSite()) as MetricSpec<K, LabelValues<L>>;
}

function labelsOf(draft: SpecDraft): LabelDefinition[] {
  const labels = labelDefinitions(draft.labels as LabelDeclaration | undefined);
  if (draft.kind !== "state") return labels;
  const key = (draft.stateLabel as string | undefined) ?? DEFAULT_STATE_LABEL;
  return [...labels, { key, type: "string", optional: false }];
}

function serviceOf(given: unknown): MetricSpec["service"] {
  const id = parseId("service", serviceIdOf(given));
  const { name = `taskmon.service.${id.toString(16)}` } = partsOf(given);
  return Object.freeze({ id, name: name as string });
}
