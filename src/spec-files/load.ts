import { readText } from "../files/read-text.ts";
import { readSet, type SpecText } from "../files/read-set.ts";
import type { SpecProblem } from "../files/problem.ts";
import type { HealthCheckOverride } from "../health/file-overrides.ts";
import { HealthSection } from "../health/file-section.ts";
import { MetricsSection, PortSection } from "../metrics/file-section/section.ts";
import { specsByName } from "../metrics/file-section/spec-set.ts";
import type { MetricSpec } from "../metrics/spec.ts";
import { SettingsSection } from "../settings/file-section.ts";
import type { SettingsInput } from "../settings/settings.ts";

/**
 * The declarations of spec files. `S` is the type of `byName`, which `taskmon types` writes for a file.
 */
export interface LoadedSpecs<S extends object = Readonly<Record<string, MetricSpec>>> {
  /** Every metric once, in the order of the files. */
  readonly specs: readonly MetricSpec[];
  /** The metrics by name; where several services use a name, by `<meter name>/<name>`. */
  readonly byName: S;
  /** The port of the scrape endpoint: 4444 unless a file sets another. */
  readonly httpPort: number;
  /** Settings of health checks for `health.overrides`; they win over those in code. */
  readonly healthChecks: readonly HealthCheckOverride[];
  /** Taskmon's own settings; an empty object if no file has any. */
  readonly settings: SettingsInput;
}

/**
 * Reads spec files, YAML or JSON by their ending (`.json`, else YAML), and checks all of them before it
 * answers. Several files are one set: a name or id that is used twice in them is rejected.
 *
 * @param files paths, from the working directory
 * @throws SpecFileError `ERR_TASKMON_SPEC_FILE` with every problem of every file
 */
export async function loadMetricSpecs<S extends object = Readonly<Record<string, MetricSpec>>>(
  files: string | readonly string[],
): Promise<LoadedSpecs<S>> {
  return read(await Promise.all([files].flat().map((file) => readText(file))));
}

/**
 * Like {@link loadMetricSpecs}, for a text that is at hand.
 * @throws SpecFileError `ERR_TASKMON_SPEC_FILE` with every problem
 */
export function parseMetricSpecs<S extends object = Readonly<Record<string, MetricSpec>>>(
  text: string | SpecText,
): LoadedSpecs<S> {
  return read([typeof text === "string" ? { text } : text]);
}

/** A feature that has a section in spec files brings it here. */
function read<S extends object>(texts: readonly (SpecText | SpecProblem)[]): LoadedSpecs<S> {
  const found = readSet(texts, {
    specs: new MetricsSection(),
    httpPort: new PortSection(),
    healthChecks: new HealthSection(),
    settings: new SettingsSection(),
  });
  return Object.freeze({ ...found, byName: specsByName(found.specs) as S });
}
