export { dump, type DumpOptions } from "./dump.ts";
export type { DistributionReading, Reading } from "./readings.ts";
export {
  type MetricSnapshot,
  type SeriesSnapshot,
  snapshot,
  type SnapshotOptions,
} from "./snapshot.ts";
