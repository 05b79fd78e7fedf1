/**
 * The SDK's own instruments as the oracle of our streams: the same instruments, views, label sets and
 * measurements must come to the same points. Takes the SDK as an argument and uses nothing of Taskmon but
 * what is public, so that it runs in projects of either line.
 */
import type { Attributes, Meter } from "@opentelemetry/api";
import type * as Sdk from "@opentelemetry/sdk-metrics";
import type {
  DataPoint,
  ExponentialHistogram,
  MetricData,
  ViewOptions,
} from "@opentelemetry/sdk-metrics";
import fc from "fast-check";
import { createTaskmon, memoryAllocator } from "taskmon";
import {
  defineCounter,
  defineGauge,
  defineHistogram,
  defineUpDownCounter,
  type MetricRegistry,
} from "taskmon/metrics";

type Labels = Readonly<Record<string, string>>;
type Tell = (value: number, labels: Labels) => void;

/** The SDK's `DataPointType`s of gauges and sums. */
const GAUGE = 2;
const SUM = 3;

const KINDS = ["counter", "upDownCounter", "gauge", "histogram"] as const;
const TYPES = {
  counter: "COUNTER",
  upDownCounter: "UP_DOWN_COUNTER",
  gauge: "GAUGE",
  histogram: "HISTOGRAM",
};

interface Instrument {
  readonly kind: (typeof KINDS)[number];
  readonly unit: string;
  readonly labels: readonly string[];
}

interface ViewDraft {
  readonly of: number | "*" | "m*" | "*1";
  readonly type: (typeof KINDS)[number] | undefined;
  readonly unit: string | undefined;
  readonly meterName: string | undefined;
  readonly isNamed: boolean;
  readonly description: string | undefined;
  readonly processor: "none" | "allow" | "deny" | "both" | "own";
  readonly keys: readonly string[];
  readonly aggregation: number;
  readonly limit: number | undefined;
}

export interface Scenario {
  readonly instruments: readonly Instrument[];
  readonly views: readonly ViewDraft[];
  readonly isDelta: boolean;
  /** Whether ours get the views by hand, and not from their MeterProvider. */
  readonly isGiven: boolean;
  readonly steps: readonly (
    | { readonly of: number; readonly value: number; readonly labels: Labels }
    | "collect"
  )[];
}

const keys = fc.subarray(["a", "b", "c"]);
const value = fc.constantFrom("x", "y", "z");

const instrument = fc.record({
  kind: fc.constantFrom(...KINDS),
  unit: fc.constantFrom("s", "By"),
  labels: keys,
});

const view: fc.Arbitrary<ViewDraft> = fc.record({
  of: fc.oneof(fc.nat(2), fc.constant("*" as const), fc.constantFrom("m*" as const, "*1" as const)),
  type: fc.option(fc.constantFrom(...KINDS), { nil: undefined, freq: 4 }),
  unit: fc.option(fc.constantFrom("s", "By"), { nil: undefined, freq: 4 }),
  meterName: fc.option(fc.constantFrom("shop", "other"), { nil: undefined, freq: 4 }),
  isNamed: fc.boolean(),
  description: fc.option(fc.constant("By the view."), { nil: undefined }),
  processor: fc.constantFrom("none", "allow", "deny", "both", "own", "own"),
  keys,
  aggregation: fc.oneof(fc.constant(0), fc.nat(6)),
  limit: fc.option(fc.integer({ min: 2, max: 6 }), { nil: undefined, freq: 3 }),
});

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      of: fc.nat(2),
      // Eighths, whose sums are exact in any order; none is zero, see `EXCEPTIONS`.
      value: fc.integer({ min: 1, max: 2 ** 16 }).map((n) => n / 8),
      labels: fc.record({ a: value, b: value, c: value }),
    }),
  },
  { weight: 1, arbitrary: fc.constant("collect" as const) },
);

export const scenario: fc.Arbitrary<Scenario> = fc.record({
  instruments: fc.array(instrument, { minLength: 1, maxLength: 3 }),
  views: fc.array(view, { maxLength: 4 }),
  isDelta: fc.boolean(),
  isGiven: fc.boolean(),
  steps: fc.array(step, { maxLength: 40 }),
});

/*
 * EXCEPTIONS, where ours differ on purpose:
 * - two views that give one name: the SDK counts twice, ours once, so at most one view here is nameless;
 * - a metric without labels is there, with zero, from its registration;
 * - zero differences are left out by ours, so zeros are left out of both here;
 * - a gauge goes on saying how things stand to a delta reader, where the SDK says only what was set;
 * - under a limit the SDK now and then has more series than that, and which of them are joined differs from
 *   reader to reader, so only what all series come to is compared;
 * - the SDK merges exponential histograms more coarsely than need be where one of them has only zeros or
 *   nothing on one side; ours, to a delta reader, are as fine as all that was recorded allows, and not as
 *   what is new alone would. They are compared at the coarser scale.
 */
export async function compare(sdk: typeof Sdk, draft: Scenario): Promise<void> {
  const views = viewsOf(sdk, draft);
  const temporality = draft.isDelta
    ? sdk.AggregationTemporality.DELTA
    : sdk.AggregationTemporality.CUMULATIVE;
  const [theirReader, ourReader] = [0, 1].map(() => newReader(sdk, temporality));
  const theirProvider = new sdk.MeterProvider({ readers: [theirReader!], views });
  const ourProvider = new sdk.MeterProvider({
    readers: [ourReader!],
    ...(!draft.isGiven && { views }),
  });
  const taskmon = createTaskmon({
    target: { serviceName: "oracle", hostName: "h" },
    allocator: memoryAllocator(),
    http: false,
    ...(draft.isGiven && { views }),
  });
  try {
    taskmon.setMeterProvider(ourProvider);
    await taskmon.task.settled();
    const theirs = draft.instruments.map((one, index) =>
      sdkRecord(theirProvider.getMeter("shop", "0"), one, index),
    );
    const ours = draft.instruments.map((one, index) => ownRecord(taskmon.metrics, one, index));
    const seen = new Map<string, DataPoint<unknown>>();
    const limited = views.flatMap(({ aggregationCardinalityLimit: limit, name }, index) =>
      limit === undefined ? [] : (name ?? instrumentsOf(views[index]!, draft)),
    );
    for (const action of [...draft.steps, "collect" as const]) {
      if (action === "collect") {
        const expected = await collected(theirReader!);
        same(await collected(ourReader!), expected, draft.isDelta, seen, limited);
        continue;
      }
      const index = action.of % draft.instruments.length;
      const { kind, labels } = draft.instruments[index]!;
      const own = Object.fromEntries(labels.map((key) => [key, action.labels[key]!]));
      const signed =
        kind === "upDownCounter" || kind === "gauge" ? action.value - 4_096.0625 : action.value;
      theirs[index]!(signed, own);
      ours[index]!(signed, own);
    }
  } finally {
    await theirProvider.shutdown();
    await ourProvider.shutdown();
    await taskmon.shutdown();
  }
}

function newReader(sdk: typeof Sdk, temporality: Sdk.AggregationTemporality): Sdk.MetricReader {
  class OracleReader extends sdk.MetricReader {
    protected override async onShutdown(): Promise<void> {
      // Nothing is open.
    }

    protected override async onForceFlush(): Promise<void> {
      // Nothing is kept.
    }
  }
  return new OracleReader({ aggregationTemporalitySelector: () => temporality });
}

function viewsOf(sdk: typeof Sdk, { views, instruments }: Scenario): ViewOptions[] {
  let isNamelessTaken = false;
  return views.flatMap((draft, index) => {
    const isExact = typeof draft.of === "number";
    const isNamed = isExact && draft.isNamed;
    if (!isNamed && isNamelessTaken) return [];
    if (!isNamed) isNamelessTaken = true;
    const { type, unit, meterName, description } = draft;
    const name = typeof draft.of === "number" ? `m${draft.of % instruments.length}` : draft.of;
    return {
      instrumentName: name,
      ...(isNamed && { name: `v${index}` }),
      ...(type !== undefined && { instrumentType: TYPES[type] as Sdk.InstrumentType }),
      ...(unit !== undefined && { instrumentUnit: unit }),
      ...(meterName !== undefined && { meterName }),
      ...(description !== undefined && { description }),
      ...processorsOf(sdk, draft),
      aggregation: aggregationOf(draft.aggregation),
      ...(draft.limit !== undefined && { aggregationCardinalityLimit: draft.limit }),
    };
  });
}

function processorsOf(
  sdk: typeof Sdk,
  { processor, keys: list }: ViewDraft,
): Pick<ViewOptions, "attributesProcessors"> {
  const allow = sdk.createAllowListAttributesProcessor([...list]);
  const deny = sdk.createDenyListAttributesProcessor([...list]);
  // One of the user's own: joins x and y, renames a.
  const own = {
    process: ({ a, ...rest }: Attributes): Attributes => ({
      ...rest,
      ...(a !== undefined && { joined: a === "z" ? "z" : "xy" }),
    }),
  };
  switch (processor) {
    case "none":
      return {};
    case "allow":
      return { attributesProcessors: [allow] };
    case "deny":
      return { attributesProcessors: [deny] };
    case "both":
      return { attributesProcessors: [deny, sdk.createAllowListAttributesProcessor(["a", "b"])] };
    case "own":
      return { attributesProcessors: [own] };
  }
}

/** `AggregationType`s, by their numbers; one of them twice, with other options. */
function aggregationOf(kind: number): Sdk.AggregationOption {
  switch (kind) {
    case 4:
      return { type: 4, options: { boundaries: [10, -10, 100, 1_000] } };
    case 5:
      return { type: 5, options: { maxSize: 20 } };
    case 6:
      return { type: 4, options: { boundaries: [50], recordMinMax: false } };
    default:
      return { type: kind };
  }
}

function sdkRecord(meter: Meter, { kind, unit }: Instrument, index: number): Tell {
  const options = { unit, description: "For the oracle." };
  const name = `m${index}`;
  if (kind === "histogram") {
    const advice = { explicitBucketBoundaries: [1, 10, 100] };
    const histogram = meter.createHistogram(name, { ...options, advice });
    return (amount, labels) => histogram.record(amount, labels);
  }
  if (kind === "gauge") {
    const gauge = meter.createGauge(name, options);
    return (amount, labels) => gauge.record(amount, labels);
  }
  const counter =
    kind === "counter"
      ? meter.createCounter(name, options)
      : meter.createUpDownCounter(name, options);
  return (amount, labels) => counter.add(amount, labels);
}

function ownRecord(
  metrics: MetricRegistry,
  { kind, unit, labels }: Instrument,
  index: number,
): Tell {
  const input = {
    service: { id: "0xa", name: "shop" },
    id: `${index + 1}`,
    name: `m${index}`,
    help: "For the oracle.",
    unit,
    ...(labels.length > 0 && { labels }),
  };
  switch (kind) {
    case "histogram": {
      const histogram = metrics.histogram(defineHistogram({ ...input, buckets: [1, 10, 100] }));
      return (amount, given) => histogram.record(amount, given);
    }
    case "gauge": {
      const gauge = metrics.gauge(defineGauge(input));
      return (amount, given) => gauge.set(amount, given);
    }
    case "counter": {
      const counter = metrics.counter(defineCounter(input));
      return (amount, given) => counter.add(amount, given);
    }
    case "upDownCounter": {
      const counter = metrics.upDownCounter(defineUpDownCounter(input));
      return (amount, given) => counter.add(amount, given);
    }
  }
}

/** The metrics of the shop, by name. */
async function collected(reader: Sdk.MetricReader): Promise<Map<string, MetricData>> {
  const { resourceMetrics, errors } = await reader.collect();
  if (errors.length > 0) throw errors[0];
  const metrics = resourceMetrics.scopeMetrics
    .filter(({ scope }) => scope.name === "shop")
    .flatMap((scope) => scope.metrics);
  return new Map(metrics.map((metric) => [metric.descriptor.name, metric]));
}

function same(
  ours: ReadonlyMap<string, MetricData>,
  theirs: ReadonlyMap<string, MetricData>,
  isDelta: boolean,
  seen: Map<string, DataPoint<unknown>>,
  limited: readonly string[],
): void {
  for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
    const [own, other] = [ours.get(name), theirs.get(name)];
    if (limited.includes(name)) {
      equal(totalOf(own), totalOf(other), `${name} in all`);
      continue;
    }
    const type: number = (own ?? other)!.dataPointType;
    const isGauge = type === GAUGE;
    const ownPoints = pointsOf(own);
    const otherPoints = pointsOf(other);
    for (const key of new Set([...ownPoints.keys(), ...otherPoints.keys()])) {
      const [mine, expected] = [ownPoints.get(key), otherPoints.get(key)];
      if (mine !== undefined) inOrder(`${name} ${key}`, mine, isDelta && !isGauge, isGauge, seen);
      if (isGauge && isDelta && expected === undefined) continue;
      const [a, b] = alike(mine?.value, expected?.value, isDelta);
      equal(a, b, `${name} ${key}`);
    }
    if (own !== undefined && other !== undefined) {
      equal(shape(own), shape(other), name);
    }
  }
}

/** What all series of a sum or histogram come to; nothing of a gauge. */
function totalOf(metric: MetricData | undefined): unknown {
  const points = [...pointsOf(metric).values()].map(({ value: one }) => one);
  const type: number | undefined = metric?.dataPointType;
  if (type === GAUGE || points.length === 0) return undefined;
  return points.reduce(
    (total: { count: number; sum: number }, one) => {
      if (typeof one === "number") return { count: total.count, sum: total.sum + one };
      // Where measurements may be negative a histogram has no sum.
      const { count, sum = 0 } = one as { count: number; sum?: number };
      return { count: total.count + count, sum: total.sum + sum };
    },
    { count: 0, sum: 0 },
  );
}

/** The names of the instruments that a view without a name of its own may select. */
function instrumentsOf({ instrumentName }: ViewOptions, { instruments }: Scenario): string[] {
  const names = instruments.map((_, index) => `m${index}`);
  return names.filter((name) => instrumentName!.includes("*") || instrumentName === name);
}

function shape(metric: MetricData): unknown {
  const { descriptor, dataPointType, aggregationTemporality } = metric;
  const { name, description, unit } = descriptor;
  const isMonotonic = "isMonotonic" in metric ? metric.isMonotonic : undefined;
  return { name, description, unit, dataPointType, aggregationTemporality, isMonotonic };
}

/** Points that say something, by their attributes. */
function pointsOf(metric: MetricData | undefined): Map<string, DataPoint<unknown>> {
  const points = (metric?.dataPoints ?? []) as DataPoint<unknown>[];
  const type: number | undefined = metric?.dataPointType;
  const isSum = type === SUM;
  return new Map(
    points
      .filter(({ value: one }) =>
        typeof one === "number" ? !isSum || one !== 0 : (one as { count: number }).count > 0,
      )
      .map((point) => [JSON.stringify(Object.entries(point.attributes).toSorted(byKey)), point]),
  );
}

/** Both values in the same shape: exponential histograms at one scale, without empty buckets. */
function alike(mine: unknown, expected: unknown, isDelta: boolean): [unknown, unknown] {
  if (
    typeof mine !== "object" ||
    typeof expected !== "object" ||
    mine === null ||
    expected === null
  ) {
    return [mine, expected];
  }
  if (!("scale" in mine) || !("scale" in expected)) return [plain(mine), plain(expected)];
  const [own, other] = [mine as ExponentialHistogram, expected as ExponentialHistogram];
  if (own.scale < other.scale && !isDelta) {
    throw new Error(`scale ${own.scale} is coarser than ${other.scale}`);
  }
  const scale = Math.min(own.scale, other.scale);
  return [atScale(own, scale), atScale(other, scale)];
}

function plain(histogram: object): object {
  const { hasMinMax: _, ...rest } = histogram as { hasMinMax?: boolean };
  return Object.fromEntries(Object.entries(rest).filter(([, one]) => one !== undefined));
}

function atScale(histogram: ExponentialHistogram, scale: number): unknown {
  const { count, sum, zeroCount, min, max } = histogram;
  const counts: { [bucket: string]: number } = {};
  for (const side of ["positive", "negative"] as const) {
    const { offset, bucketCounts } = histogram[side];
    bucketCounts.forEach((one, index) => {
      if (one === 0) return;
      const bucket = `${side} ${(offset + index) >> (histogram.scale - scale)}`;
      counts[bucket] = (counts[bucket] ?? 0) + one;
    });
  }
  return plain({ count, sum, zeroCount, min, max, counts });
}

/** Spans of time follow each other: of a sum since its start, of differences one after another. */
function inOrder(
  series: string,
  point: DataPoint<unknown>,
  isDelta: boolean,
  isGauge: boolean,
  seen: Map<string, DataPoint<unknown>>,
): void {
  const before = seen.get(series);
  seen.set(series, point);
  const later = ([s1, n1]: readonly number[], [s2, n2]: readonly number[]): boolean =>
    s1! > s2! || (s1 === s2 && n1! > n2!);
  if (later(point.startTime, point.endTime)) throw new Error(`${series} ends before it starts`);
  if (before === undefined || isGauge) return;
  if (isDelta && later(before.endTime, point.startTime))
    throw new Error(`${series} overlaps its last span`);
  if (!isDelta) equal(point.startTime, before.startTime, `${series} start`);
}

function equal(mine: unknown, expected: unknown, what: string): void {
  const [a, b] = [sorted(mine), sorted(expected)];
  if (a !== b) throw new Error(`${what}: ours ${a}, the SDK's ${b}`);
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

function sorted(one: unknown): string {
  return (
    JSON.stringify(one, (_, inner: unknown) =>
      typeof inner === "object" && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).toSorted(byKey))
        : inner,
    ) ?? "nothing"
  );
}
