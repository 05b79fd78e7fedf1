import { OTLPMetricExporter as JsonMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtobufMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { createTaskmon, sqliteAllocator, type Taskmon } from "taskmon";
import { type AdminServer, startAdmin } from "taskmon/admin";
import { prometheusReader, type ScrapeEndpoint, startScrapeEndpoint } from "taskmon/prometheus";
import type { Settings } from "./settings.ts";

/** The running telemetry of the service. */
export interface Telemetry {
  readonly taskmon: Taskmon;
  /** What Prometheus scrapes. */
  readonly metricsUrl: string;
  /** The status page; absent where settings ask for none. */
  readonly pageUrl?: string;
  /** Exports for the last time, and hands the task number back. */
  shutdown(): Promise<void>;
}

/** Starts the OpenTelemetry SDK with Taskmon: Prometheus scrapes always, OTLP where settings say so. */
export async function startTelemetry(settings: Settings): Promise<Telemetry> {
  const { host, lease, taskFile, metricsPort: port, adminPort } = settings;
  const prometheus = prometheusReader();
  // Before anything else starts, so that a port in use is all that happens.
  const endpoint = await startScrapeEndpoint({ exporter: prometheus, host, port });
  const metricsUrl = await urlOf(endpoint);

  const taskmon = createTaskmon({
    target: { serviceName: process.env["OTEL_SERVICE_NAME"] ?? "shop" },
    allocator: sqliteAllocator(taskFile === undefined ? {} : { file: taskFile }),
    ...(lease && { lease }),
  });
  const page = adminPort === undefined ? undefined : await pageOf(taskmon, adminPort, endpoint);
  const sdk = new NodeSDK({
    resourceDetectors: [taskmon.resourceDetector],
    instrumentations: [taskmon],
    metricReaders: [
      taskmon.attach(prometheus),
      ...(settings.push === undefined ? [] : [taskmon.attach(pushReader(settings))]),
    ],
    // This service has metrics only.
    spanProcessors: [],
    logRecordProcessors: [],
  });
  sdk.start();
  return {
    taskmon,
    metricsUrl,
    ...(page && { pageUrl: page.url }),
    async shutdown() {
      await page?.stop();
      await sdk.shutdown();
      await endpoint.stop();
    },
  };
}

/** Where it is scraped. Rejects where it cannot listen: this service does not go on without. */
async function urlOf(endpoint: ScrapeEndpoint): Promise<string> {
  const { state } = endpoint;
  if (state.listening) return state.url;
  await endpoint.stop();
  throw state.error?.cause ?? state.error;
}

/** Who is on this machine may read it. Rejects where it cannot listen, as above. */
async function pageOf(
  taskmon: Taskmon,
  port: number,
  endpoint: ScrapeEndpoint,
): Promise<AdminServer> {
  try {
    return await startAdmin({ taskmon, port });
  } catch (error) {
    await endpoint.stop();
    throw error;
  }
}

function pushReader({ push, pushIntervalMs, lease }: Settings): PeriodicExportingMetricReader {
  const Exporter = push === "http/json" ? JsonMetricExporter : ProtobufMetricExporter;
  // An export may take no longer than the lease allows for. Both defaults are 10 seconds.
  const timeoutMillis = lease?.exportTimeoutMs ?? 10_000;
  return new PeriodicExportingMetricReader({
    exporter: new Exporter({ timeoutMillis }),
    exportIntervalMillis: pushIntervalMs,
    exportTimeoutMillis: Math.min(timeoutMillis, pushIntervalMs),
  });
}
