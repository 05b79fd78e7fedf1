export {
  defineCounter,
  defineGauge,
  defineHistogram,
  defineUpDownCounter,
  type HistogramInput,
  type MetricKind,
  type MetricSpec,
  type NoLabels,
  type ServiceInput,
  type SpecInput,
} from "./spec.ts";
export type { LabelDeclaration, LabelDefinition, LabelType, LabelValues } from "./labels.ts";
export { InvalidSpecError, MetricConflictError } from "./spec-errors.ts";
export type { Finding } from "./rules/index.ts";
export { MetricRegistry, type MetricRegistryOptions } from "./registry.ts";
export type {
  BoundCounter,
  BoundGauge,
  BoundUpDownCounter,
  Counter,
  Gauge,
  LabelArgs,
  UpDownCounter,
} from "./number-metric.ts";
export type { BoundHistogram, Histogram } from "./histogram-metric.ts";
export { type DropReason, MeasurementError } from "./drops.ts";
export { InstrumentsDelivery } from "./instruments.ts";
