export {
  type BucketKind,
  defineCounter,
  defineDistribution,
  defineExponentialHistogram,
  defineGauge,
  defineHistogram,
  defineState,
  defineUpDownCounter,
  type HistogramInput,
  type MetricKind,
  type MetricSpec,
  type NoLabels,
  type ServiceInput,
  type SpecInput,
  type StateInput,
} from "./spec.ts";
export { derivedMetricId, derivedServiceId } from "./derived-ids.ts";
export type {
  LabelDeclaration,
  LabelDefinition,
  LabelType,
  LabelValue,
  LabelValues,
} from "./labels.ts";
export {
  type FixedWidthBuckets,
  fixedWidthBuckets,
  type GeometricBuckets,
  geometricBuckets,
  nextDown,
} from "./bucketers.ts";
export { InvalidSpecError, MetricConflictError } from "./spec-errors.ts";
export type { Finding } from "./rules/index.ts";
export { MetricRegistry } from "./registry.ts";
export type { MetricRegistryOptions, MetricSummary } from "./registry-options.ts";
export type { Catalogue, CatalogueSection } from "./catalogue.ts";
export type {
  BoundCounter,
  BoundDistribution,
  BoundGauge,
  BoundHistogram,
  BoundState,
  BoundUpDownCounter,
  Counter,
  Distribution,
  Gauge,
  HandleOf,
  Histogram,
  LabelArgs,
  State,
  UpDownCounter,
} from "./handles.ts";
export type { Removable } from "./removal.ts";
export { type DropReason, MeasurementError } from "./drops.ts";
export type { CommonLabels, ConstantLabelOptions, FormOptions } from "./form.ts";
export { hexNaming, type Naming, otelNaming } from "./naming.ts";
export { prometheusName, type PrometheusNameOptions } from "./prometheus-name.ts";
export {
  type GlobalCallback,
  GlobalCallbackError,
  type RunGlobalCallbacksOptions,
} from "./global-callbacks.ts";
export type { ExemplarOption } from "./exemplars.ts";
export type { MetricView } from "./views.ts";
