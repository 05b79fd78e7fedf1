import type { MetricRegistry } from "../metrics/registry.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import { type EventSink, type EventSinkProvider, eventsOption } from "../shared/events.ts";
import {
  booleanOption,
  choiceOption,
  integerOption,
  keysOf,
  methodsOption,
  numberOption,
  optionsObject,
} from "../shared/options.ts";
import { type DefaultIntervals, YEAR_MS } from "./options.ts";
import { type HealthOverrides, type OverrideLookup, readOverrides } from "./file-overrides.ts";

/** Options of the health checks of a service. */
export interface HealthOptions {
  /**
   * The registry for the metrics; you connect it to a MeterProvider. @default its own, which
   * `setMeterProvider` connects to the provider
   */
  readonly registry?: MetricRegistry;
  /** The most checks that run at the same time. @default 1: one after the other */
  readonly concurrency?: number;
  /** The default time from one run to the next, in milliseconds. @default 15000 */
  readonly intervalMs?: number;
  /**
   * The same while a check fails or recovers, in milliseconds. A short interval makes a service ready soon after
   * a dependency that was missing at its start comes up. @default 2000
   */
  readonly failingIntervalMs?: number;
  /** Overrides from a configuration; they win over the options of checks. @default none */
  readonly overrides?: HealthOverrides;
  /** Receives events: an OpenTelemetry Logger, or a LoggerProvider. @default none */
  readonly events?: EventSink | EventSinkProvider;
  /**
   * Which results become events: failures and the first success after them, or all.
   * @default "failures"
   */
  readonly resultEvents?: "failures" | "all";
  /**
   * Whether to export OysterPack's two gauges: failures in a row and the duration of the last run, by check
   * id. Use it with the naming `hexNaming("op")`. @default false
   */
  readonly originalGauges?: boolean;
  /** The seed for the jitter of schedules. @default random, so that processes spread out */
  readonly seed?: number;
  /** For tests. @default the machine's clock */
  readonly clock?: Clock;
}

/** Checked options. */
export interface HealthSettings {
  readonly registry: MetricRegistry | undefined;
  readonly concurrency: number;
  readonly defaults: DefaultIntervals;
  readonly overrides: OverrideLookup;
  readonly events: EventSink | EventSinkProvider | undefined;
  readonly resultEvents: "failures" | "all";
  readonly originalGauges: boolean;
  readonly clock: Clock;
  /** The seed of one check's schedule. */
  readonly seedOf: (id: bigint) => number;
}

/** The intervals and the gauges of OysterPack's health checks, as options of ours. */
export const OYSTERPACK_PROFILE: Pick<
  HealthOptions,
  "intervalMs" | "failingIntervalMs" | "originalGauges"
> = { intervalMs: 300_000, failingIntervalMs: 300_000, originalGauges: true };

const KEYS = keysOf<HealthOptions>({
  registry: true,
  concurrency: true,
  intervalMs: true,
  failingIntervalMs: true,
  overrides: true,
  events: true,
  resultEvents: true,
  originalGauges: true,
  seed: true,
  clock: true,
});
const MAX_SEED = 0xffff_ffff;

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` names the option */
export function healthSettings(options: HealthOptions | undefined): HealthSettings {
  const given = optionsObject("health", options, KEYS);
  const seed = integerOption("health.seed", given.seed, {
    min: 0,
    max: MAX_SEED,
    default: Math.floor(Math.random() * MAX_SEED),
  });
  const interval = (key: keyof DefaultIntervals, byDefault: number): number =>
    numberOption(`health.${key}`, given[key], { min: 1, max: YEAR_MS, default: byDefault });
  return {
    registry:
      given.registry && methodsOption("health.registry", given.registry, ["gauge", "histogram"]),
    concurrency: integerOption("health.concurrency", given.concurrency, {
      min: 1,
      max: 10_000,
      default: 1,
    }),
    defaults: {
      intervalMs: interval("intervalMs", 15_000),
      failingIntervalMs: interval("failingIntervalMs", 2_000),
    },
    overrides: readOverrides(given.overrides),
    events: eventsOption("health.events", given.events),
    resultEvents: choiceOption("health.resultEvents", given.resultEvents, ["failures", "all"]),
    originalGauges: booleanOption("health.originalGauges", given.originalGauges, false),
    clock: given.clock ?? systemClock(),
    seedOf: (id) => (Number(id & 0xffff_ffffn) ^ seed) >>> 0,
  };
}
