export { componentVersions } from "./components.ts";
export { RuntimeInstrumentation } from "./instrumentation.ts";
export { runtimeMetrics } from "./metrics.ts";
