import type { HealthOptions } from "../health/index.ts";
import type { ProbesOptions } from "../probe/index.ts";
import type { HttpMetricsOptions } from "../http/index.ts";
import type { IdentityOptions } from "../identity/identity.ts";
import type { CommonLabels, ConstantLabelOptions } from "../metrics/form.ts";
import type { Naming } from "../metrics/naming.ts";
import type { NodeInstrumentation } from "../runtime/index.ts";
import type { Clock } from "../shared/clock.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import type { LogOption } from "../shared/voice.ts";
import { keysOf } from "../shared/options.ts";
import type { EventSink, EventSinkProvider } from "../shared/events.ts";
import type { ViewInput } from "../sdk/given-views.ts";
import type { SettingsOptions } from "../settings/options.ts";
import type { SettingsInput } from "../settings/settings.ts";
import type { SettingsSource } from "../settings/source.ts";
import type { TaskNumAllocator } from "../task/allocator.ts";
import type { LeaseOptions } from "../task/policy.ts";
import type { TargetOptions } from "../task/target.ts";

/** The settings as `createTaskmon` takes them. */
export type SettingsOption =
  | SettingsSource
  | (SettingsInput & Pick<SettingsOptions, "source" | "cacheMs" | "timeoutMs">);

/** What a reader of the SDK takes in its option `metricProducers`, structurally. */
export interface MetricProducer {
  /** Gives the SDK's `CollectionResult`. */
  collect(options?: { timeoutMillis?: number }): Promise<object>;
}

/** Options of `createTaskmon`. */
export interface TaskmonOptions {
  /**
   * What this process is one of. A function is asked when something begins (the first `start`, `attach`,
   * `setMeterProvider` or resource detection), and again when Taskmon is turned on again; where it fails, that is
   * reported, and there is no task number until it does not.
   * @default from the OpenTelemetry environment variables
   */
  readonly target?: TargetOptions | (() => TargetOptions);
  /** Which app, in which release. @default from the environment, then zero */
  readonly identity?: IdentityOptions;
  /**
   * The process's own unique id. A function is asked once, when something begins.
   * @default a random UUID, as it should be
   */
  readonly instanceId?: string | (() => string);
  /** Who gives task numbers. The caller's to share. @default `sqliteAllocator()`: one file on this host */
  readonly allocator?: TaskNumAllocator;
  /** How the number is leased. */
  readonly lease?: LeaseOptions;
  /**
   * How metrics reach OpenTelemetry: `auto`, straight to every attached reader, under your views; or
   * `instruments`, through the Meters of the MeterProvider, for readers that cannot be attached and for
   * whoever prefers the SDK whole. @default `auto`
   */
  readonly delivery?: "auto" | "instruments";
  /**
   * Which measurements lead to traces: `traced`, of each series, and each bucket of a histogram, the last
   * one that was made in a sampled span. @default `off`
   */
  readonly exemplars?: "off" | "traced";
  /**
   * Whether `setMeterProvider` attaches the provider's readers. False for those who attach each reader by
   * themselves, and want others left as they are. @default true
   */
  readonly autoAttach?: boolean;
  /**
   * Your views, as a MeterProvider takes them, for our own metrics at every attached reader; for where the
   * provider's are not found, or are not to hold. @default those of the MeterProvider
   */
  readonly views?: readonly ViewInput[];
  /**
   * What else every attached reader exports: `promClientBridge(register)`, or any `MetricProducer` of
   * OpenTelemetry. @default nothing
   */
  readonly metricProducers?: readonly MetricProducer[];
  /** How metrics are named: `hexNaming("op")` is the original's way. @default by their specs' names */
  readonly naming?: Naming;
  /** Labels on every series: `domain`, `app`, `svc`, `release`, `instance`. @default none */
  readonly constantLabels?: boolean | ConstantLabelOptions;
  /** Labels of your own on every series of Taskmon's: `{ team: "checkout" }`. @default none */
  readonly commonLabels?: CommonLabels;
  /**
   * Whether to measure the process (CPU, memory, open files), the event loop and V8. An instance of
   * OpenTelemetry's `RuntimeNodeInstrumentation` stands in for the latter two. @default false
   */
  readonly runtime?: boolean | NodeInstrumentation;
  /**
   * Request metrics of HTTP servers and clients; what `client` says holds for `fetch` and undici too.
   * False for none. @default all on
   */
  readonly http?: Omit<HttpMetricsOptions, "registry"> | false;
  /** How health checks run and report; the registry and the clock are this object's, and so are the events unless it says others. */
  readonly health?: Omit<HealthOptions, "registry" | "clock">;
  /** How probes of remote targets run and are counted; the registry and the clock are this object's. */
  readonly probes?: Omit<ProbesOptions, "registry" | "clock">;
  /**
   * What can be changed while the program runs: values, a `source` of them (`fileSettings`, say), or both.
   * The source wins over the values, and these over the environment. @default on, nothing special
   */
  readonly settings?: SettingsOption;
  /** Takes events: an OpenTelemetry Logger, or a LoggerProvider. @default none */
  readonly events?: EventSink | EventSinkProvider;
  /**
   * For work at a desk: no allocator is asked for a number, push readers send nothing, and `dump` shows
   * every metric. @default false
   */
  readonly devMode?: boolean;
  /**
   * Where warnings and errors of ours go where nobody has set OpenTelemetry's `diag` logger: `stderr`, once
   * per cause, or nowhere. Of the whole process; `TASKMON_LOG=off` turns it off too. @default `stderr`
   */
  readonly log?: LogOption;
  /** Throw a `MeasurementError` into callers whose measurement is dropped. @default false */
  readonly strict?: boolean;
  /** For tests. @default the machine's clock */
  readonly clock?: Clock;
}

/** The names of the options. */
export const OPTIONS: readonly (keyof TaskmonOptions)[] = keysOf<TaskmonOptions>({
  target: true,
  identity: true,
  instanceId: true,
  allocator: true,
  lease: true,
  delivery: true,
  exemplars: true,
  autoAttach: true,
  views: true,
  metricProducers: true,
  naming: true,
  constantLabels: true,
  commonLabels: true,
  runtime: true,
  http: true,
  health: true,
  probes: true,
  settings: true,
  events: true,
  devMode: true,
  log: true,
  strict: true,
  clock: true,
});

/** The options of `health` that a Taskmon object does not give itself. */
type OwnHealthOptions = Omit<HealthOptions, "registry" | "clock">;

/** Their names. */
export const HEALTH_OPTIONS: readonly (keyof OwnHealthOptions)[] = keysOf<OwnHealthOptions>({
  concurrency: true,
  intervalMs: true,
  failingIntervalMs: true,
  overrides: true,
  events: true,
  resultEvents: true,
  originalGauges: true,
  seed: true,
});

/** The options of `probes` that a Taskmon object does not give itself. */
type OwnProbesOptions = Omit<ProbesOptions, "registry" | "clock">;

/** Their names. */
export const PROBES_OPTIONS: readonly (keyof OwnProbesOptions)[] = keysOf<OwnProbesOptions>({
  concurrency: true,
  targetLabels: true,
  naming: true,
  buckets: true,
  keepMs: true,
  maxTargets: true,
});

/**
 * The option's values apart from where others come from.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function settingsOptions(
  settings: SettingsOption | undefined,
  start: SettingsInput,
): SettingsOptions {
  if (settings === undefined) return { values: start };
  if (typeof settings !== "object" || settings === null || Array.isArray(settings)) {
    throw new InvalidOptionError(
      "settings",
      "an object of settings, or a source of them",
      settings,
    );
  }
  if ("load" in settings) return { values: start, source: settings };
  const { source, cacheMs, timeoutMs, ...values } = settings;
  return { values: { ...start, ...values }, source, cacheMs, timeoutMs };
}
