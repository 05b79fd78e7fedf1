import { type MetricSettings, SETTINGS, type Settings, type SettingsInput } from "./settings.ts";

/** One setting that became another. */
export interface SettingChange {
  /** The setting: `flushIntervalMs`, or `metrics.<name>.enabled`. */
  readonly name: string;
  readonly from: boolean | number | string;
  readonly to: boolean | number | string;
}

/** The settings that `base` and then each of `inputs` give: a later one wins, of metrics by name. */
export function mergeSettings(base: Settings, inputs: readonly SettingsInput[]): Settings {
  const merged: Record<string, unknown> = { ...base };
  const metrics = Object.assign(
    Object.create(null) as Record<string, MetricSettings>,
    base.metrics,
    ...inputs.map((input) => input.metrics),
  ) as Record<string, MetricSettings>;
  for (const input of inputs) {
    for (const key of SETTINGS) if (input[key] !== undefined) merged[key] = input[key];
  }
  return Object.freeze({ ...merged, metrics: Object.freeze(metrics) } as Settings);
}

/** What is different in effect, in the order of the settings, then of the metrics' names. */
export function changesBetween(from: Settings, to: Settings): SettingChange[] {
  const changes: SettingChange[] = [];
  const compare = (name: string, was: SettingChange["from"], is: SettingChange["to"]): void => {
    if (was !== is) changes.push({ name, from: was, to: is });
  };
  for (const key of SETTINGS) if (key !== "metrics") compare(key, from[key], to[key]);
  const names = new Set([...Object.keys(from.metrics), ...Object.keys(to.metrics)]);
  for (const name of [...names].toSorted()) {
    compare(`metrics.${name}.enabled`, isOn(from, name), isOn(to, name));
  }
  return changes;
}

function isOn({ metrics }: Settings, name: string): boolean {
  return metrics[name]?.enabled ?? true;
}
