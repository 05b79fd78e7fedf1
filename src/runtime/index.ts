export { componentVersions } from "./components.ts";
export { runtimeMetrics } from "./metrics.ts";
export type { NodeInstrumentation } from "./passed-instrumentation.ts";
export { RuntimeMetrics, type RuntimeScope } from "./runtime-metrics.ts";
