export { type HandlesOf, loadAndRegister, type RegisteredSpecs } from "./load-and-register.ts";
export { loadMetricSpecs, type LoadedSpecs, parseMetricSpecs } from "./load.ts";
export type { HealthCheckOverride } from "../health/file-overrides.ts";
export { formatProblem, SpecFileError, type SpecProblem } from "../files/problem.ts";
export type { SpecText } from "../files/read-set.ts";
export type { SpecFormat } from "../files/source.ts";
