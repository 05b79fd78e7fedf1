export type { MonitorEntry } from "./entry.ts";
export { loadMonitors, type LoadMonitorsOptions, type MonitorText, parseMonitors } from "./load.ts";
export {
  type BuildTrigger,
  createTriggerTypes,
  type TriggerFactory,
  TriggerTypes,
  triggerTypes,
} from "./trigger-types.ts";
export {
  applyMonitors,
  type MonitorsChange,
  type MonitorsWatch,
  watchMonitors,
  type WatchMonitorsOptions,
} from "./watch.ts";
export { formatProblem, SpecFileError, type SpecProblem } from "../../files/problem.ts";
export type { SpecText } from "../../files/read-set.ts";
export type { SpecFormat } from "../../files/source.ts";
