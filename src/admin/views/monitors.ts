import type { MonitorView } from "../../monitor/index.ts";
import type { AdminContext } from "../context.ts";
import { byTrouble, stripOf } from "./strip.ts";

/** How a monitored service stands, with what its last hundred probes found. */
export interface MonitoredView extends MonitorView {
  readonly results: string;
}

/** The monitored services, those in trouble first. */
export function monitorViews({ taskmon: { monitors }, recent }: AdminContext): MonitoredView[] {
  return monitors
    .views()
    .map((view) => ({ ...view, results: stripOf(recent.probesOf(view.name)) }))
    .toSorted((a, b) => byTrouble(a.state, b.state));
}
