import type { MetricSpec } from "../metrics/spec.ts";
import { metricToken } from "./decorators.ts";
import {
  nestSettings,
  type NestTaskmon,
  specsOption,
  type TaskmonModuleOptions,
} from "./options.ts";
import {
  type NestAdapterHost,
  type NestModule,
  type NestModules,
  type NestProvider,
  TASKMON,
} from "./shapes.ts";
import { Wiring } from "./wiring.ts";

/** The injection token of the provider that follows the application's life. */
const WIRING = "taskmon wiring";

/**
 * Taskmon in NestJS 12, on Express: metrics at `/metrics`, health at `/livez`, `/readyz`, `/startupz` and
 * `/health`, checks and metrics by decorators, and an orderly end.
 */
// oxlint-disable-next-line typescript/no-extraneous-class -- modules of Nest are classes
export class TaskmonModule {
  /**
   * For the imports of the root module. Makes `taskmon` (by the token {@link TASKMON}) and the handles of
   * `metrics` injectable everywhere.
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for a wrong option
   * @throws NestMissingError `ERR_TASKMON_NEST_MISSING` where `@nestjs/core` cannot be found
   * @throws MetricConflictError `ERR_TASKMON_METRIC_CONFLICT`
   */
  static forRoot(options: TaskmonModuleOptions): NestModule {
    const settings = nestSettings(options);
    const { taskmon, core, metrics } = settings;
    const handles = metrics.map((spec) => handleProvider(spec));
    const wiring = provider(
      WIRING,
      (modules: NestModules, host: NestAdapterHost) => new Wiring(settings, modules, host),
      [core.ModulesContainer, core.HttpAdapterHost],
    );
    return {
      module: TaskmonModule,
      global: true,
      providers: [provider(TASKMON, () => taskmon), wiring, ...handles],
      exports: [TASKMON, ...handles.map(({ provide }) => provide)],
    };
  }

  /**
   * For the imports of a feature's module: makes the handles of its metrics injectable there.
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for anything but a list of specs
   */
  static forFeature(metrics: readonly MetricSpec[]): NestModule {
    const handles = specsOption("metrics", metrics).map((spec) => handleProvider(spec));
    return {
      module: TaskmonMetrics,
      global: false,
      providers: handles,
      exports: handles.map(({ provide }) => provide),
    };
  }
}

/** The module of the metrics of a feature. */
class TaskmonMetrics {
  readonly name = "metrics";
}

function handleProvider(spec: MetricSpec): NestProvider {
  return provider(metricToken(spec), ({ metrics }: NestTaskmon) => metrics.register(spec), [
    TASKMON,
  ]);
}

function provider(
  provide: string | symbol,
  useFactory: NestProvider["useFactory"],
  inject: readonly unknown[] = [],
): NestProvider {
  return { provide, useFactory, inject: inject as never[] };
}
