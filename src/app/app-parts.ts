import type { Identity } from "../identity/identity.ts";
import type { MetricRegistry } from "../metrics/registry.ts";
import type { Clock } from "../shared/clock.ts";
import type { AppOptions } from "./app-options.ts";
import { AppConfig } from "./config/app-config.ts";
import { ErrorReports } from "./errors/error-reports.ts";
import { AppLog } from "./events/app-log.ts";
import type { ServiceLogger } from "./events/service-logger.ts";
import { type LifecycleEvents, lifecycleEvents } from "./lifecycle-events.ts";
import { appMetrics } from "./metrics.ts";
import { Readiness, type ReadinessSource } from "./readiness.ts";
import { STATES } from "./services/lifecycle.ts";
import type { Service, ServiceHooks } from "./services/service.ts";
import type { ServiceList } from "./services/service-list.ts";

/** An app, as its parts see it. */
export interface AppHost extends ReadinessSource {
  readonly identity: Identity;
  readonly metrics: MetricRegistry;
  readonly pid: number;
  readonly host: string;
  logger(service: Service | bigint): ServiceLogger;
  report(error: unknown): unknown;
}

/** The callbacks by which the parts reach the app. */
export interface AppWiring {
  readonly clock: Clock;
  readonly services: ServiceList;
  readonly context: ServiceHooks["context"];
  /** A service ends the app. */
  readonly endApp: ServiceHooks["endApp"];
}

/** The parts of an app, without its services. Nothing has started yet. */
export interface AppParts {
  readonly log: AppLog;
  readonly config: AppConfig;
  readonly reports: ErrorReports;
  readonly readiness: Readiness;
  readonly hooks: LifecycleEvents;
}

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
export function createAppParts(
  { taskmon, logger, logLevel: level, config: given }: Partial<AppOptions>,
  app: AppHost,
  { clock, services, context, endApp }: AppWiring,
): AppParts {
  const { identity, pid, host } = app;
  const log = new AppLog({ logger, level, identity, nameOf: (id) => services.nameOf(id) });
  const config = new AppConfig(given, clock, {
    loggerOf: (id, name) => log.of(id, name),
    report: (error) => void app.report(error),
  });
  const metrics = appMetrics(app.metrics);
  for (const state of STATES) metrics.observe(state, () => services.count(state));
  const { domain, app: appId, release, instance } = identity;
  const reports = new ErrorReports({
    origin: { domain, app: appId, release, instance, pid, host },
    loggerOf: (id) => (id === 0n ? log.own : app.logger(id)),
    count: ({ spec }) => metrics.error(spec),
  });
  const readiness = new Readiness(taskmon?.health, app);
  const hooks = lifecycleEvents({
    ...{ metrics, context, endApp, logger: (service) => app.logger(service) },
    changed: () => readiness.refresh(),
    failed: (error) => void app.report(error),
    // If a service ends the app, the app reports the error.
    reportsErrors: () => app.state === "alive",
  });
  return { log, config, reports, readiness, hooks };
}
