import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import { VERSION } from "../../shared/version.ts";

/** The state of the process, as plain data. */
export interface RuntimeView {
  /** Of Node.js, V8 and the libraries in it, and of Taskmon. */
  readonly versions: Readonly<Record<string, string>>;
  readonly platform: string;
  /** How much can run at the same time. */
  readonly parallelism: number;
  readonly uptimeSeconds: number;
  /** In bytes, by the names of `process.memoryUsage()`. */
  readonly memory: Readonly<Record<string, number>>;
  /** The share of the time since its start in which the event loop was busy, 0 to 1. */
  readonly eventLoopUtilization: number;
  /** How many of each kind keep the process alive: `Timeout`, `TCPServerWrap`. */
  readonly resources: Readonly<Record<string, number>>;
}

/** Looks at the process. */
export function runtimeView(): RuntimeView {
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    resources[kind] = (resources[kind] ?? 0) + 1;
  }
  return {
    versions: { taskmon: VERSION, ...(process.versions as Record<string, string>) },
    platform: `${process.platform} ${process.arch}`,
    parallelism: availableParallelism(),
    uptimeSeconds: process.uptime(),
    memory: { ...process.memoryUsage() },
    eventLoopUtilization: performance.eventLoopUtilization().utilization,
    resources,
  };
}
