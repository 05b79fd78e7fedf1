import { createMonitor, type Monitor } from "../../monitor/monitor.ts";
import type { Core } from "../core.ts";
import type { Part } from "../part.ts";

/** The monitored services. */
export interface MonitorsPart extends Part {
  readonly monitors: Monitor;
}

export function monitorsPart({ metrics, clock, events }: Core): MonitorsPart {
  const monitors = createMonitor({
    ...{ registry: metrics, clock },
    ...(events !== undefined && { events }),
  });
  return {
    name: "monitors",
    monitors,
    // Requests may still be guarded, and the last export includes them.
    close: () => monitors.close(),
    status: () => monitors.views(),
  };
}
