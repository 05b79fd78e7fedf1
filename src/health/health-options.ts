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
   * Where the metrics are registered; the caller brings that registry to a MeterProvider.
   * @default one of its own, which `setMeterProvider` brings to the provider
   */
  readonly registry?: MetricRegistry;
  /** How many checks may run at one time. @default 1: one after the other */
  readonly concurrency?: number;
  /** From one run to the next, of checks that do not say it, in milliseconds. @default 15000 */
  readonly intervalMs?: number;
  /**
   * The same while a check fails, or is on the way up, in milliseconds: until the service is ready after a
   * start at which something was missing. @default 2000
   */
  readonly failingIntervalMs?: number;
  /** A configuration; it wins over the options of checks. @default none */
  readonly overrides?: HealthOverrides;
  /** Takes events: an OpenTelemetry Logger, or a LoggerProvider. @default none */
  readonly events?: EventSink | EventSinkProvider;
  /**
   * Which results are events: failures and what ends them, or all.
   * @default "failures"
   */
  readonly resultEvents?: "failures" | "all";
  /**
   * Whether to export the two gauges as the original does: by the check's id, and with the duration of
   * the last run. Belongs with the naming `hexNaming("op")`. @default false
   */
  readonly originalGauges?: boolean;
  /** Decides the jitter of schedules. @default random, so that processes spread out */
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
