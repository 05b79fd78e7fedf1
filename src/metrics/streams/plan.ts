import type { Attributes } from "@opentelemetry/api";
import {
  CUMULATIVE,
  DELTA,
  type InstrumentType,
  SUM,
  type Temporality,
} from "../../points/types.ts";
import type { ReaderSource } from "../../sdk/reader-source.ts";
import type { InstrumentationScope, MatchingView, StreamAggregation } from "../../sdk/views.ts";
import { VERSION } from "../../shared/version.ts";
import type { Form } from "../form.ts";
import type { MetricSpec } from "../spec.ts";
import {
  INSTRUMENTS,
  isOwnAggregation,
  nativeBeside,
  pointTypeOf,
  readerAggregation,
  viewAggregation,
} from "./aggregations.ts";

/** `ValueType.DOUBLE` of the API. */
const DOUBLE = 1;

/** The SDK's default limit of series per instrument. */
const DEFAULT_LIMIT = 2_000;

/** The properties of one stream of a metric for one reader. */
export interface StreamPlan {
  readonly scope: InstrumentationScope;
  readonly descriptor: {
    readonly name: string;
    readonly description: string;
    readonly unit: string;
    readonly valueType: number;
  };
  /** Whether Prometheus must use the name unchanged. */
  readonly isVerbatim: boolean;
  readonly aggregation: StreamAggregation;
  /** Whether the metric's own cells are sufficient. Otherwise the stream reads a tap of the cells. */
  readonly isOwn: boolean;
  /** The aggregation of the additional native histogram, if the reader shows native histograms. */
  readonly native: StreamAggregation | undefined;
  /** The SDK's `DataPointType`. */
  readonly type: number;
  readonly isMonotonic: boolean;
  /** Whether a histogram has a sum. It has none if measurements may be negative. */
  readonly hasSum: boolean;
  readonly temporality: Temporality;
  /** The most series, including the overflow series. */
  readonly limit: number;
  /** Returns the exported attributes of a series. Undefined if they are just its labels. */
  readonly process: ((attributes: Attributes) => Attributes) | undefined;
  /** Whether a view may change the labels. */
  readonly isProcessed: boolean;
  /** The constant labels, which `process` adds. Metrics of one service share the object. */
  readonly constants: Attributes | undefined;
  /** Whether a histogram without measurements is exported. */
  readonly showsEmpty: boolean;
  /** Whether `process` drops this label, for every value. */
  drops(label: string): boolean;
}

/** Returns the scope of a spec's Meter. */
export function scopeOf({ service }: MetricSpec): InstrumentationScope {
  return { name: service.name, version: VERSION };
}

/**
 * Returns the streams of a metric for one reader: one for each matching view, or one with the reader's own
 * choices.
 */
export function plansOf(spec: MetricSpec, form: Form, source: ReaderSource): StreamPlan[] {
  const views = matchingViews(spec, form, source);
  const plans =
    views.length > 0
      ? views.map((view) => planOf(spec, form, source, view))
      : [planOf(spec, form, source, undefined)];
  const names = new Set<string>();
  return plans.filter(({ descriptor, aggregation }) => {
    if (aggregation.kind === "drop") return false;
    // Two views with the same name would count twice, so keep the first one.
    const name = descriptor.name.toLowerCase();
    return !names.has(name) && names.add(name);
  });
}

/** Finds the matching views. A view may select a metric by the spec's name or by the exported name. */
function matchingViews(spec: MetricSpec, form: Form, source: ReaderSource): MatchingView[] {
  const views = source.views();
  if (views === undefined) return [];
  return [...new Set([spec.name, form.nameOf(spec)])].flatMap((name) =>
    views.findViews(
      {
        name,
        description: spec.help,
        unit: spec.unit,
        type: INSTRUMENTS[spec.kind],
        valueType: DOUBLE,
        advice: spec.buckets === undefined ? {} : { explicitBucketBoundaries: [...spec.buckets] },
      },
      scopeOf(spec),
    ),
  );
}

function planOf(
  spec: MetricSpec,
  form: Form,
  source: ReaderSource,
  view: MatchingView | undefined,
): StreamPlan {
  const { reader } = source;
  const instrument = INSTRUMENTS[spec.kind];
  const aggregation =
    view === undefined
      ? readerAggregation(spec, reader.selectAggregation?.(instrument))
      : viewAggregation(spec, view.aggregation);
  const type = pointTypeOf(aggregation);
  const constants = form.constantsOf(spec);
  const isProcessed = spec.labels.some(
    ({ key }) => view !== undefined && view.drops(key) !== false,
  );
  const limit =
    view === undefined ? reader.selectCardinalityLimit?.(instrument) : view.cardinalityLimit;
  return {
    scope: scopeOf(spec),
    descriptor: {
      name: view?.name ?? form.nameOf(spec),
      description: view?.description ?? spec.help,
      unit: spec.unit,
      valueType: DOUBLE,
    },
    isVerbatim: form.isVerbatim && view?.name === undefined,
    aggregation,
    isOwn: isOwnAggregation(spec, aggregation),
    native: reader.nativeHistograms === true ? nativeBeside(spec, aggregation) : undefined,
    type,
    isMonotonic: type === SUM && (instrument === "COUNTER" || instrument === "HISTOGRAM"),
    hasSum: instrument === "COUNTER" || instrument === "HISTOGRAM",
    temporality: temporalityOf(spec, source, instrument),
    limit: limitOf(spec, limit),
    constants,
    showsEmpty: spec.labels.length === 0,
    process: processOf(isProcessed ? view : undefined, constants),
    isProcessed,
    drops: (label) => view?.drops(label) === true,
  };
}

function processOf(
  view: MatchingView | undefined,
  constants: Attributes | undefined,
): StreamPlan["process"] {
  if (view === undefined && constants === undefined) return undefined;
  return (attributes) => ({ ...(view?.process(attributes) ?? attributes), ...constants });
}

function temporalityOf(
  spec: MetricSpec,
  { reader }: ReaderSource,
  instrument: InstrumentType,
): Temporality {
  // A distribution is a current state. Its stream restarts each time it is set.
  if (spec.kind === "distribution") return CUMULATIVE;
  return reader.selectAggregationTemporality?.(instrument) === DELTA ? DELTA : CUMULATIVE;
}

/**
 * A reader without a choice of its own returns the SDK's default. A spec that needs more series then gets
 * them.
 */
function limitOf({ maxSeries }: MetricSpec, given: number | undefined): number {
  return given === undefined || given === DEFAULT_LIMIT
    ? Math.max(DEFAULT_LIMIT, maxSeries + 2)
    : given;
}

/** Whether both lists of plans produce the same streams. */
export function samePlans(a: readonly StreamPlan[], b: readonly StreamPlan[]): boolean {
  const text = ({ descriptor, aggregation, limit, temporality }: StreamPlan): string =>
    JSON.stringify([descriptor, aggregation, limit, temporality]);
  return (
    a.length === b.length &&
    a.every((plan, index) => {
      const other = b[index]!;
      // Two functions cannot be compared.
      return text(plan) === text(other) && !plan.isProcessed && !other.isProcessed;
    })
  );
}
