import { createReporter } from "../shared/report.ts";
import { VERSION } from "../shared/version.ts";
import { explicitDifference } from "./accumulate/explicit.ts";
import { exponentialDifference } from "./accumulate/exponential.ts";
import { withConstants } from "./constants.ts";
import {
  CUMULATIVE,
  type DataPoint,
  DELTA,
  hrTime,
  type InstrumentType,
  type MetricData,
  POINT_TYPES,
  type PointValue,
  type ScopeMetrics,
  type Temporality,
} from "./metric-data.ts";
import { NumberMetric } from "./number-metric.ts";
import type { Metric, MetricRegistry } from "./registry.ts";
import type { Cell } from "./series.ts";
import type { MetricKind } from "./spec.ts";

/** `ValueType.DOUBLE` of the API. */
const DOUBLE = 1;

/** As which instrument a kind is reported: the same as under the delivery by instruments. */
const INSTRUMENTS: Readonly<Record<MetricKind, InstrumentType>> = {
  counter: "OBSERVABLE_COUNTER",
  upDownCounter: "OBSERVABLE_UP_DOWN_COUNTER",
  gauge: "OBSERVABLE_GAUGE",
  state: "OBSERVABLE_GAUGE",
  histogram: "HISTOGRAM",
  exponentialHistogram: "HISTOGRAM",
  distribution: "HISTOGRAM",
};

const TYPES: Readonly<Record<MetricKind, number>> = {
  counter: POINT_TYPES.sum,
  upDownCounter: POINT_TYPES.sum,
  gauge: POINT_TYPES.gauge,
  state: POINT_TYPES.gauge,
  histogram: POINT_TYPES.histogram,
  exponentialHistogram: POINT_TYPES.exponentialHistogram,
  distribution: POINT_TYPES.histogram,
};

/** What a reader was last told of a series, and when. */
interface Told {
  readonly value: PointValue;
  readonly atMs: number;
  /** Of which life of the series: a removed one that comes back begins anew. */
  readonly createdAtMs: number;
}

/** What a cell of any kind has to report. */
interface Reading {
  readonly cell: Cell & { readonly createdAtMs: number };
  readonly value: PointValue;
}

/**
 * Reports, to one reader, the metrics that no instrument of an SDK reports: all of them under the
 * delivery `producer`, else those that an instrument cannot. Holds what the reader was last told, if it
 * asks for deltas.
 */
export class Producer {
  readonly #registry: MetricRegistry;
  readonly #temporalityOf: (type: InstrumentType) => number;
  readonly #report = createReporter("metrics");
  readonly #told = new WeakMap<Cell, Told>();

  /** @param temporalityOf the reader's choice, `AggregationTemporality` of the SDK */
  constructor(registry: MetricRegistry, temporalityOf: (type: InstrumentType) => number) {
    this.#registry = registry;
    this.#temporalityOf = temporalityOf;
  }

  /** What there is to report at `nowMs`, milliseconds since the Unix epoch; by Meter. */
  collect(nowMs: number): ScopeMetrics[] {
    this.#registry.prepare();
    const scopes = new Map<string, ScopeMetrics>();
    for (const metric of this.#registry.metrics()) {
      const data = metric.isOwn && !metric.isOff ? this.#dataOf(metric, nowMs) : undefined;
      if (data === undefined) continue;
      const { name } = metric.spec.service;
      const scope = scopes.get(name) ?? { scope: { name, version: VERSION }, metrics: [] };
      scopes.set(name, scope);
      scope.metrics.push(data);
    }
    return [...scopes.values()];
  }

  #dataOf(metric: Metric, nowMs: number): MetricData | undefined {
    const { spec } = metric;
    const { form } = this.#registry;
    const temporality = this.#temporality(spec.kind);
    const constants = form.constantsOf(spec);
    const dataPoints: DataPoint[] = [];
    for (const { cell, value } of this.#readings(metric)) {
      const point = this.#span(spec.kind, temporality, cell, value, nowMs);
      if (point === undefined) continue;
      const attributes = withConstants(cell.attributes, constants);
      dataPoints.push({
        startTime: hrTime(point.startMs),
        endTime: hrTime(nowMs),
        attributes,
        value: point.value,
      });
    }
    if (dataPoints.length === 0) return undefined;
    const descriptor = {
      name: form.nameOf(spec),
      description: spec.help,
      unit: spec.unit,
      valueType: DOUBLE,
    };
    const dataPointType = TYPES[spec.kind];
    return {
      descriptor,
      aggregationTemporality: temporality,
      dataPointType,
      ...(dataPointType === POINT_TYPES.sum && { isMonotonic: spec.kind === "counter" }),
      dataPoints,
    };
  }

  #temporality(kind: MetricKind): Temporality {
    // A distribution is what is there now, from when it was set: a stream that begins anew each time.
    if (kind === "distribution") return CUMULATIVE;
    return this.#temporalityOf(INSTRUMENTS[kind]) === DELTA ? DELTA : CUMULATIVE;
  }

  *#readings(metric: Metric): Iterable<Reading> {
    if (!(metric instanceof NumberMetric)) {
      for (const cell of metric.series.cells()) {
        const value = cell.accumulator?.value();
        if (value !== undefined && (value.count > 0 || metric.spec.kind === "distribution")) {
          yield { cell, value };
        }
      }
      return;
    }
    for (const cell of metric.series.cells()) {
      try {
        const value = cell.current();
        if (value !== undefined) yield { cell, value };
      } catch (error) {
        const { name } = metric.spec;
        this.#report.warnOnce(`read/${name}`, `${name} cannot be read`, error);
      }
    }
  }

  /** The value for the reader's span of time; undefined for a delta histogram without measurements. */
  #span(
    kind: MetricKind,
    temporality: Temporality,
    cell: Reading["cell"],
    value: PointValue,
    nowMs: number,
  ): { readonly value: PointValue; readonly startMs: number } | undefined {
    const { createdAtMs } = cell;
    if (temporality === CUMULATIVE || TYPES[kind] === POINT_TYPES.gauge) {
      return { value, startMs: createdAtMs };
    }
    const told = this.#told.get(cell);
    const isSame = told?.createdAtMs === createdAtMs;
    if (isSame && isUnchangedHistogram(told.value, value)) return undefined;
    this.#told.set(cell, { value, atMs: nowMs, createdAtMs });
    return isSame
      ? { value: difference(told.value, value), startMs: told.atMs }
      : { value, startMs: createdAtMs };
  }
}

function isUnchangedHistogram(from: PointValue, to: PointValue): boolean {
  return typeof from !== "number" && typeof to !== "number" && from.count === to.count;
}

function difference(from: PointValue, to: PointValue): PointValue {
  if (typeof from === "number" || typeof to === "number") return Number(to) - Number(from);
  if ("scale" in to) return "scale" in from ? exponentialDifference(from, to) : to;
  return "scale" in from ? to : explicitDifference(from, to);
}
