import type { Attributes } from "@opentelemetry/api";
import { hasMethods, isObject } from "./shapes.ts";

/* oxlint-disable no-underscore-dangle -- The names are the SDK's. */

/** The SDK's description of an instrument, by which it selects views. */
export interface InstrumentDescriptor {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  /** The SDK's `InstrumentType`: `COUNTER` and so on. */
  readonly type: string;
  /** The API's `ValueType`. */
  readonly valueType: number;
  readonly advice: { readonly explicitBucketBoundaries?: readonly number[] };
}

/** The instrumentation scope of an instrument's Meter. */
export interface InstrumentationScope {
  readonly name: string;
  readonly version?: string;
  readonly schemaUrl?: string;
}

/** How a view aggregates an instrument. */
export type StreamAggregation =
  | { readonly kind: "drop" | "sum" | "last_value" }
  | {
      readonly kind: "histogram";
      readonly boundaries: readonly number[];
      readonly recordMinMax: boolean;
    }
  | { readonly kind: "exponential"; readonly maxSize: number; readonly recordMinMax: boolean };

/** A view that matches an instrument: one stream of it. */
export interface MatchingView {
  /** Undefined if the instrument's own name is used. */
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly aggregation: StreamAggregation;
  /** The most series. Undefined if the SDK's default is used. */
  readonly cardinalityLimit: number | undefined;
  /** Returns the attributes with which a measurement is stored. */
  process(attributes: Attributes): Attributes;
  /** Whether `process` drops this attribute for every value. Undefined if unknown. */
  drops(attribute: string): boolean | undefined;
}

/** Finds the user's views. */
export interface ViewSource {
  /**
   * Returns the views that match the instrument, in their original order. If none match, the reader's own
   * aggregation and limit apply.
   */
  findViews(instrument: InstrumentDescriptor, scope: InstrumentationScope): readonly MatchingView[];
}

interface ViewRegistry {
  findViews(instrument: InstrumentDescriptor, scope: InstrumentationScope): readonly ViewFields[];
}

interface ViewFields {
  readonly name?: string;
  readonly description?: string;
  readonly aggregation: { createAggregator(instrument: InstrumentDescriptor): AggregatorFields };
  readonly attributesProcessor: ProcessorFields;
  readonly aggregationCardinalityLimit?: number;
}

interface AggregatorFields {
  /** The SDK's `AggregatorKind`. */
  readonly kind: number;
  readonly _boundaries?: readonly number[];
  readonly _recordMinMax?: boolean;
  readonly _maxSize?: number;
}

/** Changes the attributes with which a measurement is stored. */
export interface AttributesProcessor {
  process(attributes: Attributes): Attributes;
}

interface ProcessorFields extends AttributesProcessor {
  /** Only our own processors have this method. */
  drops?(attribute: string): boolean;
  readonly _processors?: readonly ProcessorFields[];
  readonly _allowedAttributeNames?: ReadonlySet<string>;
  readonly _deniedAttributeNames?: ReadonlySet<string>;
}

/**
 * Returns the views of a MeterProvider, or of the provider of a reader's collector. Undefined if they are not
 * found.
 */
export function viewsOf(providerOrCollector: object): ViewSource | undefined {
  const { _sharedState: state } = providerOrCollector as {
    readonly _sharedState?: { readonly viewRegistry?: unknown };
  };
  const registry = state?.viewRegistry;
  if (!isObject(registry) || !hasMethods(registry, "findViews")) return undefined;
  return {
    findViews: (instrument, scope) =>
      (registry as ViewRegistry)
        .findViews(instrument, scope)
        .map((view) => matchingView(view, instrument)),
  };
}

function matchingView(view: ViewFields, instrument: InstrumentDescriptor): MatchingView {
  const { name, description, aggregation, attributesProcessor: processor } = view;
  return {
    name,
    description,
    aggregation: aggregationOf(aggregation.createAggregator(instrument)),
    cardinalityLimit: view.aggregationCardinalityLimit,
    process: (attributes) => processor.process(attributes),
    drops: (attribute) => dropsOf(processor, attribute),
  };
}

function aggregationOf(aggregator: AggregatorFields): StreamAggregation {
  const { kind, _boundaries: boundaries = [], _maxSize: maxSize = 160 } = aggregator;
  const recordMinMax = aggregator._recordMinMax ?? true;
  switch (kind) {
    case 0:
      return { kind: "drop" };
    case 2:
      return { kind: "last_value" };
    case 3:
      return { kind: "histogram", boundaries, recordMinMax };
    case 4:
      return { kind: "exponential", maxSize, recordMinMax };
    default:
      return { kind: "sum" };
  }
}

/** The code of a method that returns its first argument, as it is written or minified. */
const RETURNS_ITS_INPUT = /^process\(\s*([\w$]+)\b[^)]*\)\s*\{\s*return \1;?\s*\}$/;

/**
 * Whether a processor drops an attribute. This is known for processors with `drops`, for the SDK's lists, and
 * for the SDK's sequence of processors.
 */
export function dropsOf(processor: ProcessorFields, attribute: string): boolean | undefined {
  const {
    _processors: all,
    _allowedAttributeNames: allowed,
    _deniedAttributeNames: denied,
  } = processor;
  if (typeof processor.drops === "function") return processor.drops(attribute);
  if (allowed instanceof Set) return !allowed.has(attribute);
  if (denied instanceof Set) return denied.has(attribute);
  if (Array.isArray(all)) {
    const answers = (all as readonly ProcessorFields[]).map((one) => dropsOf(one, attribute));
    // An unknown processor may add the attribute again.
    if (answers.includes(undefined)) return undefined;
    return answers.includes(true);
  }
  return returnsItsInput(processor) ? false : undefined;
}

/**
 * Whether a processor is the SDK's own that changes nothing. In a bundle its class may have any name, so we
 * check its code.
 */
function returnsItsInput(processor: ProcessorFields): boolean {
  return RETURNS_ITS_INPUT.test(String(Reflect.get(processor, "process")));
}
