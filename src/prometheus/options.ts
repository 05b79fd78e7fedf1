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

/** Options of `prometheusReader`. The first six are options of OpenTelemetry's specification. */
export interface PrometheusOptions {
  /**
   * How names are translated for Prometheus: with `_` for illegal characters or unchanged, and with or
   * without suffixes for unit and kind. @default `UnderscoreEscapingWithSuffixes`
   */
  readonly translationStrategy?: TranslationStrategy;
  /**
   * Whether names end in their unit, if the strategy has suffixes. False gives the names of OpenTelemetry's
   * own exporter for JavaScript. @default true
   */
  readonly unitSuffixes?: boolean;
  /**
   * Whether series have labels for the Meter that they come from: `otel_scope_name` and so on. @default true
   */
  readonly scopeInfo?: boolean;
  /** Whether to write `target_info`, which shows the resource. @default true */
  readonly targetInfo?: boolean;
  /**
   * The attributes of the resource that every series gets as labels: a list of keys, or a pattern for keys.
   * @default none
   */
  readonly resourceConstantLabels?: RegExp | readonly string[];
  /**
   * Returns the aggregation of an instrument type, as the SDK's `AggregationOption`. @default the SDK's
   * choice
   */
  readonly aggregationSelector?: (instrumentType: string) => unknown;
  /** Additional sources of metrics, as for the SDK's own readers. @default none */
  readonly metricProducers?: readonly MetricProducerLike[];
  /**
   * Whether Taskmon's histograms with buckets are also exported as native histograms in protobuf. Each
   * measurement is then counted a second time, in exponential buckets. @default false
   */
  readonly nativeHistograms?: boolean;
  /**
   * Whether OpenMetrics has `_created` lines, which say when a series began. Prometheus before version 3
   * stores each of them as a series of its own. Protobuf always has the time. @default false
   */
  readonly createdLines?: boolean;
  /** The time limit of one answer, including the time to send it to the scraper. @default 10000 */
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
  /** Whether every series gets this attribute of the resource as a label. */
  readonly isConstantLabel: (key: string) => boolean;
}

/** The checked options, with defaults filled in. */
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
    // Make a copy: a pattern with `g` would remember its last position.
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
