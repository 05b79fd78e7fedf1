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

/** The option `settings` of `createTaskmon`. */
export type SettingsOption =
  | SettingsSource
  | (SettingsInput & Pick<SettingsOptions, "source" | "cacheMs" | "timeoutMs">);

/** OpenTelemetry's `MetricProducer`, structurally. */
export interface MetricProducer {
  /** Returns the SDK's `CollectionResult`. */
  collect(options?: { timeoutMillis?: number }): Promise<object>;
}

/** Options of `createTaskmon`. */
export interface TaskmonOptions {
  /**
   * The target that this process belongs to. A function is called at the first `start`, `attach`,
   * `setMeterProvider` or resource detection, and again when Taskmon is turned on again. If it fails, the
   * error is reported, and there is no task number until a later call succeeds.
   * @default from the OpenTelemetry environment variables
   */
  readonly target?: TargetOptions | (() => TargetOptions);
  /** The app and its release. @default from the environment, then zero */
  readonly identity?: IdentityOptions;
  /**
   * The process's own unique id. A function is called once, when it is first needed. @default a random
   * UUID, which is right for nearly everybody
   */
  readonly instanceId?: string | (() => string);
  /**
   * The allocator that assigns task numbers. You own it, and several objects can share it. @default
   * `sqliteAllocator()`: one file on this host
   */
  readonly allocator?: TaskNumAllocator;
  /** How the number is leased. */
  readonly lease?: LeaseOptions;
  /**
   * How metrics reach OpenTelemetry. `auto`: directly to every attached reader, under your views.
   * `instruments`: through the Meters of the MeterProvider, for readers that cannot be attached or if you
   * prefer the SDK's own path. @default `auto`
   */
  readonly delivery?: "auto" | "instruments";
  /**
   * Which measurements carry exemplars. `traced`: for each series, and each bucket of a histogram, the last
   * measurement that was made in a sampled span. @default `off`
   */
  readonly exemplars?: "off" | "traced";
  /**
   * Whether `setMeterProvider` attaches the provider's readers. Use false to attach single readers yourself
   * and leave the others unchanged. @default true
   */
  readonly autoAttach?: boolean;
  /**
   * Views, as a MeterProvider takes them, for our own metrics at every attached reader. Use it if the
   * provider's views are not found or should not apply. @default those of the MeterProvider
   */
  readonly views?: readonly ViewInput[];
  /**
   * Further metric producers that every attached reader exports: `promClientBridge(register)`, or any
   * `MetricProducer` of OpenTelemetry. @default none
   */
  readonly metricProducers?: readonly MetricProducer[];
  /**
   * How metrics are named; `hexNaming("op")` gives OysterPack's names. @default by the names in their specs
   */
  readonly naming?: Naming;
  /** Labels on every series: `domain`, `app`, `svc`, `release`, `instance`. @default none */
  readonly constantLabels?: boolean | ConstantLabelOptions;
  /** Your own labels on every series of Taskmon: `{ team: "checkout" }`. @default none */
  readonly commonLabels?: CommonLabels;
  /**
   * Whether to measure the process (CPU, memory, open files), the event loop and V8. If you pass an
   * instance of OpenTelemetry's `RuntimeNodeInstrumentation`, it measures the latter two. @default false
   */
  readonly runtime?: boolean | NodeInstrumentation;
  /**
   * Request metrics of HTTP servers and clients; the `client` options apply to `fetch` and undici too.
   * False for none. @default all on
   */
  readonly http?: Omit<HttpMetricsOptions, "registry"> | false;
  /**
   * How health checks run and report. They use the registry and the clock of this object, and its events
   * unless you pass others.
   */
  readonly health?: Omit<HealthOptions, "registry" | "clock">;
  /**
   * How probes of remote targets run and are counted. They use the registry and the clock of this object.
   */
  readonly probes?: Omit<ProbesOptions, "registry" | "clock">;
  /**
   * Settings that can change while the program runs: values, a `source` (for example `fileSettings`), or
   * both. The source wins over the values, and the values win over the environment. @default everything on
   */
  readonly settings?: SettingsOption;
  /** Receives events: an OpenTelemetry Logger, or a LoggerProvider. @default none */
  readonly events?: EventSink | EventSinkProvider;
  /**
   * Development mode: no allocator is asked for a number, push readers send nothing, and `dump` shows every
   * metric. @default false
   */
  readonly devMode?: boolean;
  /**
   * Where our warnings and errors go if OpenTelemetry's `diag` logger is not set: to `stderr`, once per
   * cause, or nowhere (`off`). Applies to the whole process; `TASKMON_LOG=off` turns it off too. @default
   * `stderr`
   */
  readonly log?: LogOption;
  /** Throws a `MeasurementError` to the caller when a measurement is dropped. @default false */
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

/** The options of `health` that a Taskmon object does not set itself. */
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

/** The options of `probes` that a Taskmon object does not set itself. */
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
 * Splits the option into its values and its source.
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
