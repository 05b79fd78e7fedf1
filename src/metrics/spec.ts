import { type IdInput, parseId } from "../identity/id.ts";
import { describe } from "../shared/errors.ts";
import { callSite } from "./call-site.ts";
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
 * The service that owns a metric: its name, which is also the name of its Meter, its id, or both. A text that
 * begins with a letter is a name. Without an id, the id is {@link derivedServiceId} of the name; without a
 * name, the Meter is `taskmon.service.<hex id>`.
 */
export type ServiceInput = IdInput | { readonly id?: IdInput; readonly name: string };

/** The common fields of every metric declaration. */
export interface SpecInput<L extends LabelDeclaration> {
  /** The owner. Each service has one Meter. */
  readonly service: ServiceInput;
  /** The metric's own id; (service, id) is unique in a registry. @default {@link derivedMetricId} */
  readonly id?: IdInput;
  /** The OpenTelemetry name: `shop.orders.placed`. */
  readonly name: string;
  /** One sentence for the readers of the metric. */
  readonly help: string;
  /** The unit as a UCUM code: `s`, `By`, `{order}`. @default `1` */
  readonly unit?: string;
  /** @default no labels: one series */
  readonly labels?: L;
  /**
   * The most series; further label values share one overflow series. An SDK instrument supports at most the
   * default: a metric with more reaches only attached readers. @default 1998, which together with our
   * overflow series and the SDK's makes the SDK's limit of 2000
   */
  readonly maxSeries?: number;
}

/** The declaration of a histogram. */
export interface HistogramInput<L extends LabelDeclaration> extends SpecInput<L> {
  /**
   * The upper bounds of the buckets, inclusive and distinct, in any order. A last bucket without bound is
   * added.
   */
  readonly buckets: readonly number[];
}

/** The declaration of a state. */
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
  /** The ids that the declaration leaves out, so that they are derived from names. */
  readonly derivedIds: readonly ("service" | "id")[];
  /** Where the metric was declared, as `file:line:column`, for messages. Undefined if not known. */
  readonly definedAt: string | undefined;
  /** For the compiler only; never set. */
  readonly labelValues?: V;
}

/** The declaration of a metric without labels. */
export type NoLabels = readonly [];

/**
 * Declares a counter: a sum that only grows.
 * @throws InvalidSpecError `ERR_TASKMON_INVALID_SPEC` lists all problems
 */
export function defineCounter<const L extends LabelDeclaration = NoLabels>(
  input: SpecInput<L>,
): MetricSpec<"counter", LabelValues<L>> {
  return define("counter", input);
}

/**
 * Declares an up-down counter: a sum that grows and shrinks.
 * @throws InvalidSpecError `ERR_TASKMON_INVALID_SPEC` lists all problems
 */
export function defineUpDownCounter<const L extends LabelDeclaration = NoLabels>(
  input: SpecInput<L>,
): MetricSpec<"upDownCounter", LabelValues<L>> {
  return define("upDownCounter", input);
}

/**
 * Declares a gauge: the last value set.
 * @throws InvalidSpecError `ERR_TASKMON_INVALID_SPEC` lists all problems
 */
export function defineGauge<const L extends LabelDeclaration = NoLabels>(
  input: SpecInput<L>,
): MetricSpec<"gauge", LabelValues<L>> {
  return define("gauge", input);
}

/**
 * Declares a histogram: a distribution over fixed buckets.
 * @throws InvalidSpecError `ERR_TASKMON_INVALID_SPEC` lists all problems
 */
export function defineHistogram<const L extends LabelDeclaration = NoLabels>(
  input: HistogramInput<L>,
): MetricSpec<"histogram", LabelValues<L>> {
  return define("histogram", input);
}

/**
 * Declares a histogram whose buckets grow by a constant factor and adapt to the measurements. OpenTelemetry's
 * Prometheus exporter cannot show it.
 * @throws InvalidSpecError `ERR_TASKMON_INVALID_SPEC` lists all problems
 */
export function defineExponentialHistogram<const L extends LabelDeclaration = NoLabels>(
  input: SpecInput<L>,
): MetricSpec<"exponentialHistogram", LabelValues<L>> {
  return define("exponentialHistogram", input);
}

/**
 * Declares a state: a text or boolean, exported as a series with the value 1 and the state in a label.
 * @throws InvalidSpecError `ERR_TASKMON_INVALID_SPEC` lists all problems
 */
export function defineState<const L extends LabelDeclaration = NoLabels>(
  input: StateInput<L>,
): MetricSpec<"state", LabelValues<L>> {
  return define("state", input);
}

/**
 * Declares a distribution of the current values, over fixed buckets, that is set as a whole.
 * @throws InvalidSpecError `ERR_TASKMON_INVALID_SPEC` lists all problems
 */
export function defineDistribution<const L extends LabelDeclaration = NoLabels>(
  input: HistogramInput<L>,
): MetricSpec<"distribution", LabelValues<L>> {
  return define("distribution", input);
}

/** Returns the name of a metric for messages: `shop.orders.placed (0xe492…/0xdb72…)`. */
export function specTitle(spec: MetricSpec): string {
  const ids = `0x${spec.service.id.toString(16)}/0x${spec.id.toString(16)}`;
  return `${spec.name} (${ids})`;
}

/** Returns a key that is unique for a pair of service and metric. */
export function specKey(spec: MetricSpec): string {
  return `${spec.service.id}/${spec.id}`;
}

/** Whether two specs declare the same metric in the same way, even in different places. */
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
 * Checks a declaration from any origin and returns its spec.
 * @param definedAt returns the place of the declaration, for messages
 * @throws InvalidSpecError `ERR_TASKMON_INVALID_SPEC` lists all problems
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
  // The rules have checked every field. The rest only adds the types.
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
