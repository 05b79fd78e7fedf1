import { type IdInput, parseNonZeroId } from "../../identity/id.ts";
import type { MetricRegistry } from "../../metrics/registry.ts";
import { InvalidOptionError } from "../../shared/errors.ts";
import {
  choiceOption,
  keysOf,
  numberOption,
  optionsObject,
  textOption,
} from "../../shared/options.ts";
import type { ServiceConfig } from "../config/service-config.ts";
import type { ServiceLogger } from "../events/service-logger.ts";
import type { ServiceHealth } from "../service-health.ts";
import type { Service } from "./service.ts";

/** What a service is given to work with. */
export interface ServiceContext {
  /** Aborts when the service is to end: its `start` is to give up, its `run` to return. */
  readonly signal: AbortSignal;
  readonly logger: ServiceLogger;
  /** The service's own configuration. */
  readonly config: ServiceConfig;
  /** Where the service's metrics are registered. Each service of a spec has a Meter of its own. */
  readonly metrics: MetricRegistry;
  /** Where the service's health checks are registered. They end with it. */
  readonly health: ServiceHealth;
  /** The service itself: its state, and `kill`. */
  readonly service: Service;
}

/**
 * What happens when a service ends by itself: it stays dead (`ignore`), begins again after a wait that
 * grows (`restart`), or takes the app along (`end`).
 */
export type DeathPolicy = "ignore" | "restart" | "end";

/** What {@link defineService} takes. */
export interface ServiceInput {
  /** Unique in the app; not zero. */
  readonly id: IdInput;
  /** Unique in the app. */
  readonly name: string;
  /** Services, or their ids, that must be alive before this one starts, and end after it. @default none */
  readonly dependsOn?: readonly (ServiceSpec | IdInput)[];
  /**
   * Makes the service ready; it is alive when this has returned. What it returns is ended with the service
   * where that has no `stop` and the value has `Symbol.asyncDispose` or `Symbol.dispose`: a server of
   * Node.js, a Fastify instance. @default nothing to do
   */
  start?(context: ServiceContext): unknown;
  /**
   * The service's work, begun when it is alive. When it returns or throws, the service has ended by itself.
   * @default none: the service lives until it is stopped
   */
  run?(context: ServiceContext): unknown;
  /** Ends what `start` began. Called once for each start that succeeded. @default ends what `start` returned */
  stop?(context: ServiceContext): unknown;
  /** The longest that `start` may take, in milliseconds. @default 60000 */
  readonly startTimeoutMs?: number;
  /** The longest that `run` and `stop` may take to end, in milliseconds. @default 10000 */
  readonly stopTimeoutMs?: number;
  /** @default "end" after an error; after a return without one `ignore` */
  readonly whenDead?: DeathPolicy;
}

/** A declared service. */
export interface ServiceSpec {
  readonly id: bigint;
  readonly name: string;
  readonly dependsOn: readonly bigint[];
  readonly start: ((context: ServiceContext) => unknown) | undefined;
  readonly run: ((context: ServiceContext) => unknown) | undefined;
  readonly stop: ((context: ServiceContext) => unknown) | undefined;
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly whenDead: DeathPolicy | undefined;
}

/**
 * Declares a service. Nothing of it begins before the app starts.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function defineService(input: ServiceInput): ServiceSpec {
  const given = optionsObject<ServiceInput>("service", input, KEYS);
  const ms = (name: "startTimeoutMs" | "stopTimeoutMs", byDefault: number): number =>
    numberOption(`service.${name}`, given[name], { min: 1, max: 3_600_000, default: byDefault });
  return Object.freeze({
    id: parseNonZeroId("service.id", given.id),
    name: textOption("service.name", given.name),
    dependsOn: idsOf(given.dependsOn),
    start: method(input, "start"),
    run: method(input, "run"),
    stop: method(input, "stop"),
    startTimeoutMs: ms("startTimeoutMs", 60_000),
    stopTimeoutMs: ms("stopTimeoutMs", 10_000),
    whenDead:
      given.whenDead === undefined
        ? undefined
        : choiceOption("service.whenDead", given.whenDead, ["ignore", "restart", "end"]),
  });
}

const KEYS = keysOf<ServiceInput>({
  id: true,
  name: true,
  dependsOn: true,
  start: true,
  run: true,
  stop: true,
  startTimeoutMs: true,
  stopTimeoutMs: true,
  whenDead: true,
});

function idsOf(dependsOn: ServiceInput["dependsOn"] = []): readonly bigint[] {
  if (!Array.isArray(dependsOn)) {
    throw new InvalidOptionError("service.dependsOn", "a list of services or ids", dependsOn);
  }
  const ids = (dependsOn as readonly (ServiceSpec | IdInput)[]).map((one, index) =>
    typeof one === "object" && one !== null
      ? one.id
      : parseNonZeroId(`service.dependsOn[${index}]`, one),
  );
  return Object.freeze([...new Set(ids)]);
}

function method(
  input: ServiceInput,
  name: "start" | "run" | "stop",
): ((context: ServiceContext) => unknown) | undefined {
  const given = input[name];
  if (given === undefined) return undefined;
  if (typeof given !== "function") {
    throw new InvalidOptionError(`service.${name}`, "a function", given);
  }
  return given.bind(input);
}
