export { loadMetricSpecs, type LoadedSpecs, parseMetricSpecs, type SpecText } from "./load.ts";
export type { HealthCheckSettings } from "./health-checks.ts";
export { formatProblem, SpecFileError, type SpecProblem } from "./problem.ts";
export type { FileSettings } from "./settings.ts";
export type { SpecFormat } from "./source.ts";
