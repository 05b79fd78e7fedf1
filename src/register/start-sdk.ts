import { type MeterProvider, metrics } from "@opentelemetry/api";
import { isNoopProvider } from "../sdk/provider.ts";
import type { AttachableReader } from "../sdk/types.ts";
import type { Environment } from "../shared/environment.ts";
import { loadPeer } from "../shared/peers.ts";
import type { ShutdownSdk } from "../shutdown/index.ts";

const PACKAGE = "@opentelemetry/sdk-node";

/** The parts of the package that we use. */
interface SdkNode {
  readonly NodeSDK: new (options: object) => ShutdownSdk & { start(): void };
  /** Absent from the older release line. */
  startNodeSdk?(this: void): ShutdownSdk;
}

/** OpenTelemetry's variables that ask for an SDK. */
const ASKING = [
  ...["OTEL_CONFIG_FILE", "OTEL_METRICS_EXPORTER", "OTEL_TRACES_EXPORTER", "OTEL_LOGS_EXPORTER"],
  ...["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"],
  ...["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"],
];

/** Whether a variable asks for an SDK, and none is running or about to be started by another `--import`. */
export function wantsSdk(env: Environment): boolean {
  const isAsked = ASKING.some((name) => env[name]?.trim());
  return isAsked && registeredProvider() === undefined && !hasAutoInstrumentations(env);
}

/** Whether `@opentelemetry/auto-instrumentations-node/register` is loaded beside us. */
export function hasAutoInstrumentations(env: Environment): boolean {
  return [...process.execArgv, env["NODE_OPTIONS"] ?? ""]
    .join(" ")
    .includes("auto-instrumentations-node");
}

/**
 * Starts a NodeSDK as OpenTelemetry's variables ask for it.
 * @param reader gets the metrics if the variables ask for no metrics exporter
 * @returns the SDK; undefined where the package is not installed
 */
export function startSdk(
  env: Environment,
  reader: AttachableReader | undefined,
): ShutdownSdk | undefined {
  const found = loadPeer([PACKAGE])?.module as SdkNode | undefined;
  if (found === undefined) return undefined;
  const { NodeSDK, startNodeSdk } = found;
  if (env["OTEL_CONFIG_FILE"]?.trim() && startNodeSdk !== undefined) return startNodeSdk();
  const isAlone = reader !== undefined && !exportsMetrics(env);
  const sdk = new NodeSDK(isAlone ? { metricReaders: [reader] } : {});
  sdk.start();
  return sdk;
}

/** The MeterProvider that is registered now; undefined where there is none. */
export function registeredProvider(): MeterProvider | undefined {
  const provider = metrics.getMeterProvider();
  return isNoopProvider(provider) ? undefined : provider;
}

/** Whether the variables name an exporter of metrics, or where to send them. */
function exportsMetrics(env: Environment): boolean {
  const exporters = env["OTEL_METRICS_EXPORTER"]?.trim();
  if (exporters) return !exporters.split(",").some((name) => name.trim() === "none");
  return ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"].some((name) =>
    env[name]?.trim(),
  );
}
