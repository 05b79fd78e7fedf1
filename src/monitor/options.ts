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
  /** How long "up" is used without another probe, in milliseconds; 0 probes each time. @default 10000 */
  readonly graceMs?: number;
  /**
   * How long "down" is used without another probe, in milliseconds, so that not every request probes a dead
   * service; 0 probes each time, as pullcord does. @default 250
   */
  readonly floorMs?: number;
  /** The time limit of a probe, in milliseconds. @default 5000 */
  readonly timeoutMs?: number;
  /** Decides whether it is up: any probe, or a health check. @default whether it accepts TCP connections */
  readonly probe?: Probe | CheckFunction;
  /** When the first probe runs: `now`, or with the first request (`lazy`). @default "lazy" */
  readonly first?: "lazy" | "now";
  /** How many forwards in a row must fail before "up" is discarded. @default 1 */
  readonly passiveFall?: number;
  /**
   * How long it usually takes to come up, in milliseconds; used until we have measured it. @default not
   * known
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
/** A guess that is good for a service on the same network, and no burden on it. */
const GRACE_MS = 10_000;

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` names the option */
export function serviceSettings(name: string, options: ServiceOptions): ServiceSettings {
  const given = optionsObject("service", options, SERVICE_KEYS);
  const ms = (key: keyof ServiceOptions, byDefault: number, min: number): number =>
    numberOption(key, given[key], { min, max: DAY_MS, default: byDefault });
  const url = urlOption(given.url);
  const { target, port } = serviceTarget(url);
  const probe = given.probe === undefined ? defaultProbe(port) : probeOption(given.probe);
  if (typeof probe !== "function") probe.accepts?.(target);
  return {
    name: textOption("name", name),
    ...{ url, target, probe },
    timeoutMs: ms("timeoutMs", 5_000, 1),
    first: choiceOption("first", given.first, ["lazy", "now"]),
    usualWakeMs: given.usualWakeMs === undefined ? undefined : ms("usualWakeMs", 0, 0),
    triggers: {
      ...triggerOption("always", given.always),
      ...triggerOption("onUp", given.onUp),
      ...triggerOption("onDown", given.onDown),
    },
    triggerTimeoutMs: ms("triggerTimeoutMs", 60_000, 1),
    rules: {
      graceMs: ms("graceMs", GRACE_MS, 0),
      floorMs: ms("floorMs", 250, 0),
      passiveFall: integerOption("passiveFall", given.passiveFall, {
        ...{ min: 1, max: 1_000, default: 1 },
      }),
      evaluation: evaluationSpec(given),
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
        : methodsOption("registry", registry, ["counter", "beforeCollection"]),
    events: eventsOption("events", events),
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
  slot: TriggerSlot,
  value: TriggerInput | undefined,
): Partial<Record<TriggerSlot, Trigger>> {
  return value === undefined ? {} : { [slot]: triggerOf(slot, value) };
}

function probeOption(probe: Probe | CheckFunction): Probe | CheckFunction {
  return typeof probe === "function" ? probe : methodsOption("probe", probe, ["run"]);
}

function urlOption(value: string | URL | undefined): URL {
  if (value instanceof URL) return new URL(value);
  if (typeof value !== "string" || !URL.canParse(value)) {
    throw new InvalidOptionError("url", "a URL", value);
  }
  return new URL(value);
}
