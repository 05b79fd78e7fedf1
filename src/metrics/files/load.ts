import { extname } from "node:path";
import type { MetricSpec } from "../spec.ts";
import { Contents, DEFAULT_PORT } from "./contents.ts";
import type { HealthCheckSettings } from "./health-checks.ts";
import { sortProblems, SpecFileError, type SpecProblem } from "./problem.ts";
import { readText } from "./read-text.ts";
import type { FileSettings } from "./settings.ts";
import { readSource, type Source, type SpecFormat } from "./source.ts";
import { specsByName } from "./spec-set.ts";

/**
 * What spec files declare. `S` is the type of `byName`, which `taskmon types` writes for a file.
 */
export interface LoadedSpecs<S extends object = Readonly<Record<string, MetricSpec>>> {
  /** Every metric once, in the order of the files. */
  readonly specs: readonly MetricSpec[];
  /** The metrics by name; where several services use a name, by `<meter name>/<name>`. */
  readonly byName: S;
  /** The port for the scrape endpoint: 4444 unless a file says another. */
  readonly httpPort: number;
  /** Settings of health checks, which win over those in the code. */
  readonly healthChecks: readonly HealthCheckSettings[];
  /** The settings of Taskmon itself; without keys where no file says any. */
  readonly settings: FileSettings;
}

/** A text to read specs from. */
export interface SpecText {
  readonly text: string;
  /** What problems call it. @default `metrics.yaml` or `metrics.json` */
  readonly file?: string;
  /** @default `json` where `file` ends so, else `yaml` */
  readonly format?: SpecFormat;
}

/**
 * Reads spec files, YAML or JSON by their ending (`.json`, else YAML), and checks all of them before
 * it answers. Several files are one set: a name or id used twice is refused across them.
 *
 * @param files paths, from the working directory
 * @throws SpecFileError `ERR_TASKMON_SPEC_FILE` with every problem of every file
 */
export async function loadMetricSpecs<S extends object = Readonly<Record<string, MetricSpec>>>(
  files: string | readonly string[],
): Promise<LoadedSpecs<S>> {
  return check(await Promise.all([files].flat().map((file) => readText(file))));
}

/**
 * Like {@link loadMetricSpecs}, for a text that is at hand.
 * @throws SpecFileError `ERR_TASKMON_SPEC_FILE` with every problem
 */
export function parseMetricSpecs<S extends object = Readonly<Record<string, MetricSpec>>>(
  text: string | SpecText,
): LoadedSpecs<S> {
  return check([typeof text === "string" ? { text } : text]);
}

function check<S extends object>(texts: readonly (SpecText | SpecProblem)[]): LoadedSpecs<S> {
  const contents = new Contents();
  for (const text of texts) {
    if ("message" in text) contents.problems.push(text);
    else contents.add(sourceOf(text));
  }
  if (contents.problems.length > 0) throw new SpecFileError(sortProblems(contents.problems));
  const { specs } = contents.set;
  return Object.freeze({
    specs: Object.freeze(specs),
    byName: specsByName(specs) as S,
    httpPort: contents.ports.values()[0] ?? DEFAULT_PORT,
    healthChecks: Object.freeze(contents.checks.values()),
    settings: contents.settings.values()[0] ?? Object.freeze({}),
  });
}

function sourceOf({ text, file, format }: SpecText): Source {
  const language = format ?? (extname(file ?? "").toLowerCase() === ".json" ? "json" : "yaml");
  return readSource(file ?? `metrics.${language}`, text, language);
}
