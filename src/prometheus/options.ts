import { type Clock, systemClock } from "../shared/clock.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import {
  booleanOption,
  choiceOption,
  methodsOption,
  numberOption,
  optionsObject,
} from "../shared/options.ts";
import {
  TRANSLATION_STRATEGIES,
  type TranslationStrategy,
} from "../points/translation/metric-name.ts";
import type { MetricProducerLike } from "../points/producer.ts";
import type { NameOptions } from "./memo.ts";

export type { MetricProducerLike } from "../points/producer.ts";

/** Options of `prometheusReader`. The first six are those that OpenTelemetry's specification names. */
export interface PrometheusOptions {
  /**
   * How names become Prometheus': with `_` for what it does not take, or as they are; with suffixes of
   * unit and kind, or without. @default `UnderscoreEscapingWithSuffixes`
   */
  readonly translationStrategy?: TranslationStrategy;
  /**
   * Whether names end in their unit, where the strategy has suffixes. Without, names are those of
   * OpenTelemetry's own exporter for JavaScript. @default true
   */
  readonly unitSuffixes?: boolean;
  /** Whether series say which meter they come from: `otel_scope_name` and so on. @default true */
  readonly scopeInfo?: boolean;
  /** Whether there is a `target_info` that shows the resource. @default true */
  readonly targetInfo?: boolean;
  /** Attributes of the resource that every series bears: their keys, or what matches them. @default none */
  readonly resourceConstantLabels?: RegExp | readonly string[];
  /** What an instrument's measurements become: the SDK's `AggregationOption`. @default the SDK's choice */
  readonly aggregationSelector?: (instrumentType: string) => unknown;
  /** Further sources of metrics, as the SDK's own readers take them. @default none */
  readonly metricProducers?: readonly MetricProducerLike[];
  /**
   * Whether Taskmon's histograms with buckets are native ones too in protobuf, beside their buckets: their
   * measurements are counted twice then, in exponential buckets too. @default false
   */
  readonly nativeHistograms?: boolean;
  /**
   * Whether OpenMetrics says when a series began, in `_created` lines. Prometheus before 3 takes each
   * for a series of its own. Protobuf always says it. @default false
   */
  readonly createdLines?: boolean;
  /** The longest that one answer may take, its way to the scraper included. @default 10000 */
  readonly timeoutMs?: number;
  /** For tests. @default the machine's clock */
  readonly clock?: Clock;
}

/** How expositions are written. */
export interface ExpositionOptions {
  readonly names: NameOptions & {
    readonly translation: { readonly strategy: TranslationStrategy };
  };
  readonly targetInfo: boolean;
  readonly nativeHistograms: boolean;
  readonly createdLines: boolean;
  /** Whether every series bears this attribute of the resource. */
  readonly isConstantLabel: (key: string) => boolean;
}

/** The options, checked, each with a value. */
export interface PrometheusSettings {
  readonly exposition: ExpositionOptions;
  readonly aggregationSelector: (instrumentType: string) => unknown;
  readonly metricProducers: readonly MetricProducerLike[];
  readonly timeoutMs: number;
  readonly clock: Clock;
}

const OPTIONS: readonly (keyof PrometheusOptions)[] = [
  ...(["translationStrategy", "unitSuffixes", "scopeInfo", "targetInfo"] as const),
  ...(["resourceConstantLabels", "aggregationSelector", "metricProducers"] as const),
  ...(["nativeHistograms", "createdLines", "timeoutMs", "clock"] as const),
];

/** `{ type: AggregationType.DEFAULT }` of the SDK. */
const DEFAULT_AGGREGATION = { type: 0 };

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
export function prometheusSettings(options?: PrometheusOptions): PrometheusSettings {
  const given = optionsObject("prometheus", options, OPTIONS);
  const strategy = choiceOption(
    "prometheus.translationStrategy",
    given.translationStrategy,
    TRANSLATION_STRATEGIES,
  );
  const flag = (name: "unitSuffixes" | "scopeInfo" | "targetInfo", byDefault = true): boolean =>
    booleanOption(`prometheus.${name}`, given[name], byDefault);
  const off = (name: "nativeHistograms" | "createdLines"): boolean =>
    booleanOption(`prometheus.${name}`, given[name], false);
  return {
    exposition: {
      names: {
        translation: { strategy, unitSuffixes: flag("unitSuffixes") },
        scopeInfo: flag("scopeInfo"),
      },
      targetInfo: flag("targetInfo"),
      nativeHistograms: off("nativeHistograms"),
      createdLines: off("createdLines"),
      isConstantLabel: constantLabels(given.resourceConstantLabels),
    },
    aggregationSelector: selectorOption(given.aggregationSelector),
    metricProducers: producersOption(given.metricProducers),
    timeoutMs: numberOption("prometheus.timeoutMs", given.timeoutMs, {
      ...{ min: 1, max: 86_400_000, default: 10_000 },
    }),
    clock: given.clock ?? systemClock(),
  };
}

function constantLabels(given: RegExp | readonly string[] | undefined): (key: string) => boolean {
  if (given === undefined) return () => false;
  if (given instanceof RegExp) {
    // Of its own: one with `g` would remember where it was.
    const pattern = new RegExp(given.source, given.flags.replaceAll(/[gy]/g, ""));
    return (key) => pattern.test(key);
  }
  if (Array.isArray(given) && given.every((key) => typeof key === "string")) {
    const keys = new Set<string>(given);
    return (key) => keys.has(key);
  }
  throw new InvalidOptionError(
    "prometheus.resourceConstantLabels",
    "a list of attribute keys, or a regular expression",
    given,
  );
}

function selectorOption(
  given: PrometheusOptions["aggregationSelector"],
): PrometheusSettings["aggregationSelector"] {
  if (given === undefined) return () => DEFAULT_AGGREGATION;
  if (typeof given === "function") return given;
  throw new InvalidOptionError("prometheus.aggregationSelector", "a function", given);
}

function producersOption(
  given: readonly MetricProducerLike[] | undefined,
): readonly MetricProducerLike[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) {
    throw new InvalidOptionError("prometheus.metricProducers", "a list of producers", given);
  }
  return given.map((producer: MetricProducerLike, index) =>
    methodsOption(`prometheus.metricProducers[${index}]`, producer, ["collect"]),
  );
}
