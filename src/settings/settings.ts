import type { ServiceLogLevel } from "../shared/log-level.ts";
import type { LogLevel } from "../shared/report.ts";

/** What can be set while the program runs, as it is in effect. Frozen; a change makes a new one. */
export interface Settings {
  /** Whether Taskmon works at all; where not, the host runs as without it. @default true */
  readonly enabled: boolean;
  /** From one flush to the next, in milliseconds, from a second to a day. @default 60000 */
  readonly flushIntervalMs: number;
  /**
   * The longest time that one flush may take, in milliseconds, from 100 to ten minutes. It may be
   * longer than the interval: there is one flush at a time. @default 5000
   */
  readonly flushTimeoutMs: number;
  /** Whether V8 and the event loop are measured. @default false */
  readonly runtime: boolean;
  /** How much Taskmon says on the `diag` logger, whose own level holds too. @default `all` */
  readonly logLevel: LogLevel;
  /**
   * What is said of single metrics, by their specs' names; all others are enabled. Has no prototype, so
   * that any name can be looked up. @default none
   */
  readonly metrics: Readonly<Record<string, MetricSettings>>;
  /**
   * What is said of the services of an app, by their names, by their ids as `0x` and hex, or by `*` of all
   * that are not named. Has no prototype. @default none: what the app's code says
   */
  readonly services: Readonly<Record<string, ServiceSettings>>;
}

/** What can be set of one service. */
export interface ServiceSettings {
  /** How much it says: this level and the graver ones. */
  readonly logLevel: ServiceLogLevel;
}

/** What can be set of one metric. */
export interface MetricSettings {
  /** Whether the metric is measured and exported. @default true */
  readonly enabled: boolean;
}

/** Settings as someone gives them: what is left out stays as it was otherwise. */
export type SettingsInput = {
  readonly [K in keyof Settings]?: Settings[K] | undefined;
};

/** What holds where nobody says otherwise: the original's values, but that it is on. */
export const DEFAULT_SETTINGS: Settings = Object.freeze({
  enabled: true,
  flushIntervalMs: 60_000,
  flushTimeoutMs: 5_000,
  runtime: false,
  logLevel: "all",
  metrics: Object.freeze(Object.create(null) as Record<string, MetricSettings>),
  services: Object.freeze(Object.create(null) as Record<string, ServiceSettings>),
});

/** The names of the settings. */
export const SETTINGS: readonly (keyof Settings)[] = [
  "enabled",
  "flushIntervalMs",
  "flushTimeoutMs",
  "runtime",
  "logLevel",
  "metrics",
  "services",
];

/**
 * The bounds of the numbers, in milliseconds. The original's page took no interval under 10 seconds and
 * any timeout from zero on, which then meant the default.
 */
export const BOUNDS = {
  flushIntervalMs: { min: 1_000, max: 86_400_000 },
  flushTimeoutMs: { min: 100, max: 600_000 },
} as const;

/** The most metrics, and the most services, of which settings say something. */
export const MAX_NAMES = 2_000;
