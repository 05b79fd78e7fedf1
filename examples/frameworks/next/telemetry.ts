import { createTaskmon } from "taskmon";
import { prometheusReader } from "taskmon/prometheus";

function start() {
  const taskmon = createTaskmon({ target: { serviceName: "shop" } });
  return { taskmon, reader: taskmon.attach(prometheusReader()) };
}

// Next.js loads this module once for instrumentation.ts and once for the routes: both get the same one.
const shared = globalThis as { telemetry?: ReturnType<typeof start> };
export const { taskmon, reader } = (shared.telemetry ??= start());
