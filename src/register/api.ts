import { context, type MeterProvider, metrics, propagation, trace } from "@opentelemetry/api";
import { loadPeer } from "../shared/peers.ts";

/** One API of OpenTelemetry: `metrics`, `trace`, and so on. */
export interface GlobalApi {
  disable(): void;
}

type Setter = (value: unknown, ...rest: unknown[]) => boolean;

/** Each API, and the method by which an SDK registers for it. */
const SETTERS = {
  metrics: "setGlobalMeterProvider",
  trace: "setGlobalTracerProvider",
  context: "setGlobalContextManager",
  propagation: "setGlobalPropagator",
  logs: "setGlobalLoggerProvider",
} as const;

type ApiName = keyof typeof SETTERS;

/** Who is told about registrations. */
export interface RegistrationListener {
  /** Something is about to be registered for `api`. */
  onBefore?(name: ApiName, api: GlobalApi): void;
  /** A MeterProvider was registered. */
  onMeterProvider(provider: MeterProvider): void;
}

/**
 * Tells of what the program registers with OpenTelemetry's API from now on. ES modules and CommonJS have a
 * copy of the API each since 1.10; a copy inside a bundle is not seen.
 */
export function watchRegistrations(listener: RegistrationListener): void {
  const required = loadPeer(["@opentelemetry/api"])?.module as Partial<Record<ApiName, object>>;
  const imported: Partial<Record<ApiName, object>> = { metrics, trace, context, propagation };
  for (const name of Object.keys(SETTERS) as ApiName[]) {
    for (const api of new Set([imported[name], required?.[name]])) {
      if (api !== undefined) watch(name, api as GlobalApi & Record<string, Setter>, listener);
    }
  }
}

/**
 * For `onBefore`: lets the first that the program registers take the place of ours, where OpenTelemetry's API
 * would refuse it.
 */
export function giveWay(): NonNullable<RegistrationListener["onBefore"]> {
  const given = new Set<ApiName>();
  return (name, api) => {
    if (given.has(name)) return;
    given.add(name);
    api.disable();
  };
}

function watch(
  name: ApiName,
  api: GlobalApi & Record<string, Setter>,
  listener: RegistrationListener,
): void {
  const setter = SETTERS[name];
  const set = api[setter];
  if (set === undefined) return;
  api[setter] = (value, ...rest) => {
    listener.onBefore?.(name, api);
    const isSet = set.call(api, value, ...rest);
    if (isSet && name === "metrics") listener.onMeterProvider(value as MeterProvider);
    return isSet;
  };
}
