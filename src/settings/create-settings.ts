import type { MetricRegistry } from "../metrics/registry.ts";
import type { Clock } from "../shared/clock.ts";
import type { EventSink, EventSinkProvider } from "../shared/events.ts";
import { keysOf, optionsObject } from "../shared/options.ts";
import type { SettingsOptions } from "./options.ts";
import { SettingsStore } from "./settings-store.ts";

/** Options of {@link createSettings}. */
export interface CreateSettingsOptions extends SettingsOptions {
  /** Receives the events: an OpenTelemetry Logger, or a LoggerProvider. @default none */
  readonly events?: EventSink | EventSinkProvider | undefined;
  /** The registry for the metrics of refreshes. @default none */
  readonly metrics?: MetricRegistry | undefined;
  /** For tests. @default the machine's clock */
  readonly clock?: Clock | undefined;
}

const KEYS = keysOf<CreateSettingsOptions>({
  values: true,
  source: true,
  cacheMs: true,
  timeoutMs: true,
  events: true,
  metrics: true,
  clock: true,
});

/**
 * Creates settings without a Taskmon object: checked values from code, the environment and a source, with
 * an event for each change. `start()` begins to read the source, `stop()` ends that. A Taskmon object has
 * its own in `taskmon.settings`.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`, SettingsError `ERR_TASKMON_SETTINGS`
 */
export function createSettings(options?: CreateSettingsOptions): SettingsStore {
  const given = optionsObject("settings", options, KEYS);
  const { events, metrics: registry, clock, ...settings } = given;
  return new SettingsStore(settings, { events, registry, clock });
}
