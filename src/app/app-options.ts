import { keysOf } from "../shared/options.ts";
import type { Identity } from "../identity/identity.ts";
import type { MetricRegistry } from "../metrics/registry.ts";
import type { Clock } from "../shared/clock.ts";
import type { ServiceLogLevel } from "../shared/log-level.ts";
import type { AppConfigOptions } from "./config/config-options.ts";
import type { LoggerOption } from "./events/log-sink.ts";
import type { LevelSettings } from "./events/level-settings.ts";
import type { AppHealth } from "./service-health.ts";
import type { ServiceSpec } from "./services/service-spec.ts";

/** The members of a Taskmon object that an app uses. Any object with these members works. */
export interface AppTaskmon {
  readonly metrics: MetricRegistry;
  readonly identity: Identity;
  readonly health: AppHealth;
  /** Where log levels of services come from. @default from the app alone */
  readonly settings?: LevelSettings;
  shutdown(options: { readonly timeoutMs: number }): Promise<unknown>;
}

/** Options of `createApp`. */
export interface AppOptions {
  /**
   * Gives the app its ids, metrics and readiness. It shuts down with the app: last export, then the number
   * is handed back.
   * @default none: the app works alone
   */
  readonly taskmon?: AppTaskmon;
  /** The services. You can register more later. @default none */
  readonly services?: readonly ServiceSpec[];
  /** Where the configurations are. */
  readonly config?: AppConfigOptions;
  /**
   * Where log records go: an OpenTelemetry Logger or LoggerProvider, pino, winston, the console.
   * @default the LoggerProvider that is registered with OpenTelemetry's API
   */
  readonly logger?: LoggerOption;
  /** The log level of services without their own level. @default "info" */
  readonly logLevel?: ServiceLogLevel;
  /** How long the app still serves requests after readiness has failed, in milliseconds. @default 0 */
  readonly drainMs?: number;
  /** Whether a reported error of severity `fatal` ends the app. @default false */
  readonly endOnFatal?: boolean;
  /** For tests. @default the machine's clock */
  readonly clock?: Clock;
}

/** How to shut down an app. */
export interface AppShutdownOptions {
  /** The time limit of the whole shutdown, in milliseconds. @default 8000 */
  readonly timeoutMs?: number;
  /** When it aborts, the app tells all services to stop, but no longer waits for them. */
  readonly signal?: AbortSignal;
  /** Why, for the log. @default none */
  readonly reason?: unknown;
}

/** The names of the options of an app. */
export const APP_KEYS: readonly (keyof AppOptions)[] = keysOf<AppOptions>({
  taskmon: true,
  services: true,
  config: true,
  logger: true,
  logLevel: true,
  drainMs: true,
  endOnFatal: true,
  clock: true,
});
