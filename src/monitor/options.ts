import { EVALUATION_KEYS, type EvaluationOptions, evaluationSpec } from "../check/options.ts";
import type { CheckFunction } from "../check/result.ts";
import { MetricRegistry } from "../metrics/registry.ts";
import type { Probe, Target } from "../probe/contract.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import { type EventSink, type EventSinkProvider, eventsOption } from "../shared/events.ts";
import {
  choiceOption,
  integerOption,
  keysOf,
  methodsOption,
  numberOption,
  optionsObject,
  textOption,
} from "../shared/options.ts";
import { defaultProbe } from "./default-probe.ts";
import type { StandingRules } from "./standing.ts";
import { serviceTarget } from "./target.ts";
import type { Trigger, TriggerInput, TriggerSlot } from "./trigger.ts";

/** A remote service, and what to do when it is up or down. */
export interface ServiceOptions extends EvaluationOptions {
  /** The URL of the service. The probe takes host and port from it; the scheme gives the default port. */
  readonly url: string | URL;
  /** How long the state "up" is used without another probe, in milliseconds; 0 probes each time. @default 10000 */
  readonly graceMs?: number;
  /**
   * How long the state "down" is used without another probe, in milliseconds, so that not every request probes
   * a dead service; 0 probes each time, as pullcord does. @default 250
   */
  readonly floorMs?: number;
  /** The time limit of a probe, in milliseconds. @default 5000 */
  readonly timeoutMs?: number;
  /** Checks whether it is up: any probe, or a health check. @default whether it accepts TCP connections */
  readonly probe?: Probe | CheckFunction;
  /** When the first probe runs: `now`, or with the first request (`lazy`). @default "lazy" */
  readonly first?: "lazy" | "now";
  /** How many forwards in a row must fail before "up" is discarded. @default 1 */
  readonly passiveFall?: number;
  /**
   * How long it usually takes to come up, in milliseconds; used until we have measured it.
   * @default not known
   */
  readonly usualWakeMs?: number;
  /** Fired for each request, up or down. @default none */
  readonly always?: TriggerInput;
  /** Fired for each request that finds it up. @default none */
  readonly onUp?: TriggerInput;
  /** Fired for each request that finds it down. @default none */
  readonly onDown?: TriggerInput;
  /** The time limit of a firing, in milliseconds. @default 60000 */
  readonly triggerTimeoutMs?: number;
}

/** What the services of one monitor share. */
export interface MonitorOptions {
  /** The registry for the metrics. @default its own */
  readonly registry?: MetricRegistry;
  /** Receives events: an OpenTelemetry Logger, or a LoggerProvider. @default none */
  readonly events?: EventSink | EventSinkProvider;
  /** For tests. @default the machine's clock */
  readonly clock?: Clock;
}

/** Options of `createMonitoredService`. */
export interface MonitoredServiceOptions extends ServiceOptions, MonitorOptions {
  /** Its name in metrics, pages and messages. */
  readonly name: string;
}

/** Checked {@link ServiceOptions}. */
export interface ServiceSettings {
  readonly name: string;
  readonly url: URL;
  readonly target: Target;
  readonly probe: Probe | CheckFunction;
  readonly timeoutMs: number;
  readonly first: "lazy" | "now";
  readonly usualWakeMs: number | undefined;
  readonly triggers: Readonly<Partial<Record<TriggerSlot, Trigger>>>;
  readonly triggerTimeoutMs: number;
  readonly rules: StandingRules;
}

/** Checked {@link MonitorOptions}. */
export interface MonitorSettings {
  readonly registry: MetricRegistry;
  readonly events: EventSink | EventSinkProvider | undefined;
  readonly clock: Clock;
}

/** The names of the options of a service. */
export const SERVICE_KEYS: readonly (keyof ServiceOptions)[] = [
  ...(["url", "graceMs", "floorMs", "timeoutMs", "probe", "first", "passiveFall"] as const),
  ...(["usualWakeMs", "always", "onUp", "onDown", "triggerTimeoutMs"] as const),
  ...EVALUATION_KEYS,
];

/** The names of the options of a monitor. */
export const MONITOR_KEYS: readonly (keyof MonitorOptions)[] = keysOf<MonitorOptions>({
  registry: true,
  events: true,
  clock: true,
});

const DAY_MS = 86_400_000;
/** A default that suits a service on the same network, and causes it little load. */
const GRACE_MS = 10_000;

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` names the option */
export function serviceSettings(name: string, options: ServiceOptions): ServiceSettings {
  textOption("monitors.name", name);
  const path = `monitors.${name}`;
  const given = optionsObject(path, options, SERVICE_KEYS);
  const ms = (key: keyof ServiceOptions, byDefault: number, min: number): number =>
    numberOption(`${path}.${key}`, given[key], { min, max: DAY_MS, default: byDefault });
  const url = urlOption(`${path}.url`, given.url);
  const { target, port } = serviceTarget(`${path}.url`, url);
  const probe =
    given.probe === undefined
      ? defaultProbe(`${path}.url`, port)
      : probeOption(`${path}.probe`, given.probe);
  if (typeof probe !== "function") probe.accepts?.(target);
  return {
    ...{ name, url, target, probe },
    timeoutMs: ms("timeoutMs", 5_000, 1),
    first: choiceOption(`${path}.first`, given.first, ["lazy", "now"]),
    usualWakeMs: given.usualWakeMs === undefined ? undefined : ms("usualWakeMs", 0, 0),
    triggers: {
      ...triggerOption(path, "always", given.always),
      ...triggerOption(path, "onUp", given.onUp),
      ...triggerOption(path, "onDown", given.onDown),
    },
    triggerTimeoutMs: ms("triggerTimeoutMs", 60_000, 1),
    rules: {
      graceMs: ms("graceMs", GRACE_MS, 0),
      floorMs: ms("floorMs", 250, 0),
      passiveFall: integerOption(`${path}.passiveFall`, given.passiveFall, {
        ...{ min: 1, max: 1_000, default: 1 },
      }),
      evaluation: evaluationSpec(path, given),
    },
  };
}

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` names the option */
export function monitorSettings(options: MonitorOptions | undefined): MonitorSettings {
  const { registry, events, clock } = optionsObject("monitor", options, MONITOR_KEYS);
  return {
    registry:
      registry === undefined
        ? new MetricRegistry({ delivery: "auto" })
        : methodsOption("monitor.registry", registry, ["counter", "beforeCollection"]),
    events: eventsOption("monitor.events", events),
    clock: clock ?? systemClock(),
  };
}

/** A trigger of any form as an object. @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
export function triggerOf(option: string, value: TriggerInput): Trigger {
  if (typeof value === "function") return { trigger: value };
  const hasMethod =
    typeof value === "object" && value !== null && typeof value.trigger === "function";
  if (hasMethod) return value;
  throw new InvalidOptionError(option, "a function, or an object with a method trigger()", value);
}

function triggerOption(
  path: string,
  slot: TriggerSlot,
  value: TriggerInput | undefined,
): Partial<Record<TriggerSlot, Trigger>> {
  return value === undefined ? {} : { [slot]: triggerOf(`${path}.${slot}`, value) };
}

function probeOption(option: string, probe: Probe | CheckFunction): Probe | CheckFunction {
  return typeof probe === "function" ? probe : methodsOption(option, probe, ["run"]);
}

function urlOption(option: string, value: string | URL | undefined): URL {
  if (value instanceof URL) return new URL(value);
  if (typeof value !== "string" || !URL.canParse(value)) {
    throw new InvalidOptionError(option, "a URL", value);
  }
  return new URL(value);
}
