import {
  contextSwitches,
  cpuTime,
  fileDescriptors,
  memoryUsage,
  pageFaults,
  startTime,
} from "../specs.ts";
import { type SourceKind, totals } from "./source.ts";

/** The operating system's figures of the process: CPU, memory, open files and start time. */
export const processSource: SourceKind = {
  specs: [cpuTime, memoryUsage, startTime, fileDescriptors, contextSwitches, pageFaults],
  start(registry) {
    const cpu = registry.counter(cpuTime);
    const memory = registry.upDownCounter(memoryUsage);
    const switches = registry.counter(contextSwitches);
    const faults = registry.counter(pageFaults);
    const cpuTotal = totals((seconds, labels: { "cpu.mode": string }) => cpu.add(seconds, labels));
    const rss = totals((bytes) => memory.add(bytes));
    const switched = totals((count, labels: { "process.context_switch.type": string }) =>
      switches.add(count, labels),
    );
    const faulted = totals((count, labels: { "system.paging.fault.type": string }) =>
      faults.add(count, labels),
    );
    registry.gauge(startTime).set(Date.now() / 1_000 - process.uptime());
    registry.gauge(fileDescriptors).observe(openFiles);
    return {
      read() {
        const usage = process.resourceUsage();
        cpuTotal(usage.userCPUTime / 1e6, { "cpu.mode": "user" });
        cpuTotal(usage.systemCPUTime / 1e6, { "cpu.mode": "system" });
        rss(process.memoryUsage.rss(), {});
        const { voluntaryContextSwitches: yielded, involuntaryContextSwitches: forced } = usage;
        switched(yielded, { "process.context_switch.type": "voluntary" });
        switched(forced, { "process.context_switch.type": "involuntary" });
        faulted(usage.majorPageFault, { "system.paging.fault.type": "major" });
        faulted(usage.minorPageFault, { "system.paging.fault.type": "minor" });
      },
    };
  },
};

/** Only Linux lists them. Listing them opens one itself. */
function openFiles(): number | undefined {
  try {
    return process.getBuiltinModule("node:fs").readdirSync("/proc/self/fd").length - 1;
  } catch {
    return undefined;
  }
}
