import type { HealthOptions } from "./health/index.ts";
import type { HttpMetricsOptions } from "./http/index.ts";
import type { IdentityOptions } from "./identity/identity.ts";
import type { ConstantLabelOptions } from "./metrics/form.ts";
import type { Naming } from "./metrics/naming.ts";
import type { Clock } from "./shared/clock.ts";
import type { TaskNumAllocator } from "./task/allocator.ts";
import type { LeaseOptions } from "./task/policy.ts";
import type { TargetOptions } from "./task/target.ts";

/** Options of `createTaskmon`. */
export interface TaskmonOptions {
  /** What this process is one of. @default from the OpenTelemetry environment variables */
  readonly target?: TargetOptions;
  /** Which app, in which release. @default from the environment, then zero */
  readonly identity?: IdentityOptions;
  /** The process's own unique id. @default a random UUID, as it should be */
  readonly instanceId?: string;
  /** Who gives task numbers. The caller's to share. @default `sqliteAllocator()`: one file on this host */
  readonly allocator?: TaskNumAllocator;
  /** How the number is leased. */
  readonly lease?: LeaseOptions;
  /**
   * How metrics reach OpenTelemetry: as `instruments` of the MeterProvider, where the user's views
   * apply; or by a `producer` beside each attached reader, which makes recording a histogram as cheap as
   * a counter, and which readers that are not attached do not see. @default `instruments`
   */
  readonly delivery?: "instruments" | "producer";
  /** How metrics are named: `hexNaming("op")` is the original's way. @default by their specs' names */
  readonly naming?: Naming;
  /** Labels on every series: `domain`, `app`, `svc`, `release`, `instance`. @default none */
  readonly constantLabels?: boolean | ConstantLabelOptions;
  /**
   * Whether to wire in `@opentelemetry/instrumentation-runtime-node`, where it is installed, for V8's and
   * the event loop's metrics. @default false
   */
  readonly runtime?: boolean;
  /**
   * Request metrics of HTTP servers and clients; what `client` says holds for `fetch` and undici too.
   * False for none. @default all on
   */
  readonly http?: Omit<HttpMetricsOptions, "registry"> | false;
  /** How health checks run and report; the registry and the clock are this object's. */
  readonly health?: Omit<HealthOptions, "registry" | "clock">;
  /** Throw a `MeasurementError` into callers whose measurement is dropped. @default false */
  readonly strict?: boolean;
  /** For tests. @default the machine's clock */
  readonly clock?: Clock;
}

/** The names of the options. */
export const OPTIONS: readonly (keyof TaskmonOptions)[] = [
  "target",
  "identity",
  "instanceId",
  "allocator",
  "lease",
  "delivery",
  "naming",
  "constantLabels",
  "runtime",
  "http",
  "health",
  "strict",
  "clock",
];

/** The names of the options of `health`. */
export const HEALTH_OPTIONS: readonly Exclude<keyof HealthOptions, "registry" | "clock">[] = [
  "concurrency",
  "overrides",
  "events",
  "resultEvents",
  "originalGauges",
  "seed",
];
