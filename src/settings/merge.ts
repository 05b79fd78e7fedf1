import { SETTINGS, type Settings, type SettingsInput } from "./settings.ts";

/** One changed setting. */
export interface SettingChange {
  /** The setting: `flushIntervalMs`, `metrics.<name>.enabled`, or `services.<name>.logLevel`. */
  readonly name: string;
  readonly from: boolean | number | string;
  readonly to: boolean | number | string;
}

/** The settings that are given by name. */
const BY_NAME = ["metrics", "services"] as const;

/**
 * The settings of `base` and then of each of `inputs`: a later one wins; metrics and services are merged by
 * name.
 */
export function mergeSettings(base: Settings, inputs: readonly SettingsInput[]): Settings {
  const merged: Record<string, unknown> = { ...base };
  for (const input of inputs) {
    for (const key of SETTINGS) if (input[key] !== undefined) merged[key] = input[key];
  }
  for (const key of BY_NAME) merged[key] = mergeNamed(key, [base, ...inputs]);
  return Object.freeze(merged as unknown as Settings);
}

/** Two inputs as one: the later wins; metrics and services are merged by name. */
export function mergeInputs(first: SettingsInput, then: SettingsInput): SettingsInput {
  const named = Object.fromEntries(
    BY_NAME.filter((key) => first[key] !== undefined || then[key] !== undefined).map((key) => [
      key,
      mergeNamed(key, [first, then]),
    ]),
  );
  return { ...first, ...then, ...named };
}

function mergeNamed(
  key: (typeof BY_NAME)[number],
  inputs: readonly SettingsInput[],
): Readonly<Record<string, unknown>> {
  const none = Object.create(null) as Record<string, unknown>;
  return Object.freeze(Object.assign(none, ...inputs.map((input) => input[key])) as typeof none);
}

/** The differences in effect, in the order of the settings, then of the metrics' names. */
export function changesBetween(from: Settings, to: Settings): SettingChange[] {
  const changes: SettingChange[] = [];
  const compare = (name: string, was: SettingChange["from"], is: SettingChange["to"]): void => {
    if (was !== is) changes.push({ name, from: was, to: is });
  };
  for (const key of SETTINGS) {
    if (key !== "metrics" && key !== "services") compare(key, from[key], to[key]);
  }
  for (const name of namesIn(from.metrics, to.metrics)) {
    compare(`metrics.${name}.enabled`, isOn(from, name), isOn(to, name));
  }
  for (const name of namesIn(from.services, to.services)) {
    compare(`services.${name}.logLevel`, levelOf(from, name), levelOf(to, name));
  }
  return changes;
}

function namesIn(from: object, to: object): string[] {
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].toSorted();
}

function isOn({ metrics }: Settings, name: string): boolean {
  return metrics[name]?.enabled ?? true;
}

function levelOf({ services }: Settings, name: string): string {
  return services[name]?.logLevel ?? "default";
}
