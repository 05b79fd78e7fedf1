import { type Health, type HealthHandlerOptions, healthPlugin } from "../health/index.ts";
import type { PrometheusReader } from "../prometheus/index.ts";
import { type ScrapeAnswer, scrapeRoute } from "../prometheus/scrape-route.ts";
import type { FastifyRequestLike } from "../serve/fastify.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import { keysOf, methodsOption, numberOption, optionsObject } from "../shared/options.ts";

export type { ScrapeAnswer } from "../prometheus/scrape-route.ts";

/** The part of a Taskmon object that the plugin uses. */
export interface FastifyTaskmon {
  readonly health: Health;
  attach(reader: PrometheusReader): unknown;
}

/** How a Fastify server drains. */
export interface FastifyDrainOptions {
  /**
   * The time between the failing of readiness and the closing of the server, in milliseconds: as long as
   * load balancers need to notice. @default 5000
   */
  readonly delayMs?: number;
  /**
   * How long open requests may then take, in milliseconds. After that, open connections are cut. @default
   * 10000
   */
  readonly closeTimeoutMs?: number;
  /** For tests. @default the machine's clock */
  readonly clock?: Clock;
}

/** Options of {@link taskmonFastify}. */
export interface TaskmonFastifyOptions {
  /** The Taskmon object from `createTaskmon()`. */
  readonly taskmon: FastifyTaskmon;
  /**
   * The reader that answers scrapes. If you have an SDK, pass the one in its `metricReaders`.
   * @default a `prometheusReader()` of the plugin's own, attached to `taskmon`
   */
  readonly reader?: ScrapeAnswer;
  /** The path of the metrics; false for none. @default "/metrics" */
  readonly metricsPath?: string | false;
  /**
   * The paths of the health answers, and who sees details; false for none. @default as `healthPlugin` does
   */
  readonly health?: HealthHandlerOptions<FastifyRequestLike> | false;
  /** How the server drains when the application closes; false to skip it. */
  readonly drain?: FastifyDrainOptions | false;
}

/** The options, checked, each with a value. */
export interface FastifySettings {
  readonly health: Health;
  readonly metrics: { readonly path: string; readonly reader: ScrapeAnswer } | undefined;
  readonly answers: ReturnType<typeof healthPlugin> | undefined;
  readonly drain: Required<FastifyDrainOptions> | undefined;
}

/** Fastify hands its own options of a registration to the plugin, too. */
const REGISTRATION = ["prefix", "logLevel", "logSerializers"];

const KEYS = keysOf<TaskmonFastifyOptions>({
  taskmon: true,
  reader: true,
  metricsPath: true,
  health: true,
  drain: true,
});

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
export function fastifySettings(options: TaskmonFastifyOptions): FastifySettings {
  const known = [...KEYS, ...REGISTRATION] as typeof KEYS;
  const given = optionsObject("fastify", options, known);
  const { health } = methodsOption("fastify.taskmon", given.taskmon!, ["attach"]);
  const answers = given.health === false ? undefined : healthPlugin(health, given.health);
  const drain = drainSettings(given.drain ?? {});
  return {
    ...{ health, answers, drain },
    // Last, because attaching a reader cannot be undone.
    metrics: scrapeRoute("fastify", given),
  };
}

function drainSettings(drain: FastifyDrainOptions | false): FastifySettings["drain"] {
  if (drain === false) return undefined;
  const keys = ["delayMs", "closeTimeoutMs", "clock"] as const;
  const given = optionsObject("fastify.drain", drain, keys);
  const ms = (key: "delayMs" | "closeTimeoutMs", byDefault: number): number =>
    numberOption(`fastify.drain.${key}`, given[key], {
      min: 0,
      max: 86_400_000,
      default: byDefault,
    });
  return {
    delayMs: ms("delayMs", 5_000),
    closeTimeoutMs: ms("closeTimeoutMs", 10_000),
    clock: given.clock ?? systemClock(),
  };
}
