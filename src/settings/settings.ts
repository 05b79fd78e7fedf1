import type { ServiceLogLevel } from "../shared/log-level.ts";
import type { LogLevel } from "../shared/report.ts";

/** The settings in effect. Frozen; a change creates a new object. */
export interface Settings {
  /** Whether Taskmon works at all. If not, the host runs as if Taskmon were not there. @default true */
  readonly enabled: boolean;
  /** The time from one flush to the next, in milliseconds, from a second to a day. @default 60000 */
  readonly flushIntervalMs: number;
  /**
   * The time limit of one flush, in milliseconds, from 100 to ten minutes. It may be longer than the
   * interval: flushes never overlap. @default 5000
   */
  readonly flushTimeoutMs: number;
  /** Whether V8 and the event loop are measured. @default false */
  readonly runtime: boolean;
  /** The log level of Taskmon on the `diag` logger, whose own level applies too. @default `all` */
  readonly logLevel: LogLevel;
  /**
   * Settings of single metrics, by the names of their specs; all others are enabled. Has no prototype, so
   * that any name can be looked up. @default none
   */
  readonly metrics: Readonly<Record<string, MetricSettings>>;
  /**
   * Settings of an app's services: by name, by id (`0x` and hex), or `*` for all that are not named. Has no
   * prototype. @default none: the app's code decides
   */
  readonly services: Readonly<Record<string, ServiceSettings>>;
}

/** The settings of one service. */
export interface ServiceSettings {
  /** The log level: this level and more severe ones. */
  readonly logLevel: ServiceLogLevel;
}

/** The settings of one metric. */
export interface MetricSettings {
  /** Whether the metric is measured and exported. @default true */
  readonly enabled: boolean;
}

/** Settings as you give them; omitted ones keep their value. */
export type SettingsInput = {
  readonly [K in keyof Settings]?: Settings[K] | undefined;
};

/** The defaults: those of luci-go, except that Taskmon is on. */
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
 * The bounds of the numbers, in milliseconds. The page of luci-go accepts no interval under 10 seconds, and
 * any timeout from zero on; zero means the default there.
 */
export const BOUNDS = {
  flushIntervalMs: { min: 1_000, max: 86_400_000 },
  flushTimeoutMs: { min: 100, max: 600_000 },
} as const;

/** The most metrics and the most services that settings can name. */
export const MAX_NAMES = 2_000;
