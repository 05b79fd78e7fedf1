/**
 * The SDK releases with which everything in this folder is tested: `@opentelemetry/sdk-metrics`, with the
 * OTLP exporters and NodeSDK of the same day. docs/attaching.md lists the private fields, and what happens if
 * one is not found.
 */
export const TESTED_VERSIONS = ["2.12.1", "3.1.0", "3.1.1"] as const;
