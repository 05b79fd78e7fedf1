import type { IncomingMessage } from "node:http";
import { groupPaths, type HealthPaths } from "../health/answers/responder.ts";
import { type Health, type HealthHandlerOptions, healthHandler } from "../health/index.ts";
import type { MetricRegistry } from "../metrics/registry.ts";
import type { MetricSpec } from "../metrics/spec.ts";
import type { PrometheusReader } from "../prometheus/index.ts";
import { scrapeRoute } from "../prometheus/scrape-route.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import {
  booleanOption,
  keysOf,
  methodsOption,
  numberOption,
  optionsObject,
} from "../shared/options.ts";
import { loadPeer } from "../shared/peers.ts";
import { NestMissingError } from "./errors.ts";
import type { NestHandler } from "./shapes.ts";

/** The part of a Taskmon object that the module uses. */
export interface NestTaskmon {
  readonly health: Health;
  readonly metrics: MetricRegistry;
  attach(reader: PrometheusReader): unknown;
  shutdown(): Promise<void>;
}

/** The parts of `@nestjs/core` that the module uses. */
export interface NestCore {
  readonly ModulesContainer: unknown;
  readonly HttpAdapterHost: unknown;
}

/** Options of `TaskmonModule.forRoot`. */
export interface TaskmonModuleOptions {
  /** The Taskmon object from `createTaskmon()`. */
  readonly taskmon: NestTaskmon;
  /** Specs whose handles every module can inject. @default none */
  readonly metrics?: readonly MetricSpec[];
  /**
   * The reader that answers scrapes. If you have an SDK, pass the one in its `metricReaders`.
   * @default a `prometheusReader()` of the module's own, attached to `taskmon`
   */
  readonly reader?: { readonly handler: NestHandler };
  /** The path of the metrics; false for none. @default "/metrics" */
  readonly metricsPath?: string | false;
  /**
   * The paths of the health answers, and who sees details; false for none. @default as `healthHandler` does
   */
  readonly health?: HealthHandlerOptions<IncomingMessage> | false;
  /**
   * How long requests are still answered after readiness has failed when the application closes, in
   * milliseconds. @default 5000
   */
  readonly drainMs?: number;
  /** Whether `taskmon` is shut down with the application. @default true */
  readonly shutdown?: boolean;
  /** Pass `await import("@nestjs/core")` if it cannot be found at run time, as in a bundle. */
  readonly core?: NestCore;
  /** For tests. @default the machine's clock */
  readonly clock?: Clock;
}

/** The options, checked, each with a value. */
export interface NestSettings {
  readonly taskmon: NestTaskmon;
  readonly metrics: readonly MetricSpec[];
  readonly core: NestCore;
  readonly scrape: ReturnType<typeof scrapeRoute>;
  readonly answers: NestHandler | undefined;
  /** Where health is answered. */
  readonly answerPaths: readonly string[];
  readonly drainMs: number;
  readonly shutsDown: boolean;
  readonly clock: Clock;
}

const KEYS = keysOf<TaskmonModuleOptions>({
  taskmon: true,
  metrics: true,
  reader: true,
  metricsPath: true,
  health: true,
  drainMs: true,
  shutdown: true,
  core: true,
  clock: true,
});

/**
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 * @throws NestMissingError `ERR_TASKMON_NEST_MISSING`
 */
export function nestSettings(options: TaskmonModuleOptions): NestSettings {
  const given = optionsObject("nest", options, KEYS);
  const taskmon = methodsOption("nest.taskmon", given.taskmon!, ["attach", "shutdown"]);
  const { health } = given;
  return {
    ...{ taskmon, metrics: specsOption("nest.metrics", given.metrics ?? []) },
    core: given.core ?? loadCore(),
    answers: health === false ? undefined : healthHandler(taskmon.health, health),
    answerPaths: health === false ? [] : answerPaths(health?.paths),
    drainMs: numberOption("nest.drainMs", given.drainMs, {
      min: 0,
      max: 86_400_000,
      default: 5_000,
    }),
    shutsDown: booleanOption("nest.shutdown", given.shutdown, true),
    clock: given.clock ?? systemClock(),
    // Last, because attaching a reader cannot be undone.
    scrape: scrapeRoute("nest", given),
  };
}

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
export function specsOption(option: string, specs: readonly MetricSpec[]): readonly MetricSpec[] {
  if (!Array.isArray(specs)) throw new InvalidOptionError(option, "a list of specs", specs);
  return specs;
}

function answerPaths(paths: HealthPaths | undefined): string[] {
  const all = groupPaths(paths);
  return [...Object.values(all), `${all.health}/:group`];
}

function loadCore(): NestCore {
  const core = loadPeer(["@nestjs/core"])?.module as NestCore | undefined;
  if (core !== undefined) return core;
  throw new NestMissingError("@nestjs/core", 'give core: await import("@nestjs/core")');
}
