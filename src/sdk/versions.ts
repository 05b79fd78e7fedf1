/**
 * The releases of the SDK with which everything in this folder was tested: `@opentelemetry/sdk-metrics`,
 * with the OTLP exporters and NodeSDK of the same day. docs/attaching.md lists the fields, and what is
 * done where one is not found.
 */
export const TESTED_VERSIONS = ["2.12.1", "3.1.0", "3.1.1"] as const;
