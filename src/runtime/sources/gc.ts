import type { PerformanceEntry } from "node:perf_hooks";
import { gcDuration } from "../specs.ts";
import type { SourceKind } from "./source.ts";

/** The duration of V8's garbage collections. */
export const gcSource: SourceKind = {
  specs: [gcDuration],
  start(registry) {
    const { constants, PerformanceObserver } = process.getBuiltinModule("node:perf_hooks");
    const types = new Map([
      [constants.NODE_PERFORMANCE_GC_MAJOR, "major"],
      [constants.NODE_PERFORMANCE_GC_MINOR, "minor"],
      [constants.NODE_PERFORMANCE_GC_INCREMENTAL, "incremental"],
      [constants.NODE_PERFORMANCE_GC_WEAKCB, "weakcb"],
    ]);
    const duration = registry.histogram(gcDuration);
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { detail } = entry as PerformanceEntry & { readonly detail?: { kind?: number } };
        const type = types.get(detail?.kind ?? 0);
        if (type !== undefined) duration.record(entry.duration / 1e3, { "v8js.gc.type": type });
      }
    });
    observer.observe({ entryTypes: ["gc"] });
    return { stop: () => observer.disconnect() };
  },
};
