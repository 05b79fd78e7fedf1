export { ChannelError, NoParentError, ParentRefusedError } from "./errors.ts";
export type { ChildSource } from "./channels/children.ts";
export { parentLease, type ParentLeaseOptions } from "./lease/parent-lease.ts";
export {
  type LeaseShare,
  type SharedTask,
  shareLease,
  type ShareLeaseOptions,
} from "./lease/share.ts";
export { type ClusterScrape, clusterScrape, type WorkerView } from "./gather/cluster-scrape.ts";
export type { ClusterScrapeOptions } from "./gather/options.ts";
export type { GaugeRule } from "./gather/gauges.ts";
export { type ScrapeShare, shareScrape, type ShareScrapeOptions } from "./gather/share.ts";
