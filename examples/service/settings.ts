import type { LeaseOptions } from "taskmon";

/** What the environment says to the service. */
export interface Settings {
  readonly host: string;
  /** Where requests are served; 0 takes a free port. */
  readonly port: number;
  /** Where Prometheus scrapes; 0 takes a free port. */
  readonly metricsPort: number;
  /** Where the status page is, on this machine only; 0 takes a free port. Absent for no page. */
  readonly adminPort?: number;
  /** The SQLite file that gives task numbers; absent for the default one of this host. */
  readonly taskFile?: string;
  readonly lease?: LeaseOptions;
  /** Whether metrics are pushed, and in which encoding; where to is the exporter's own business. */
  readonly push?: "http/protobuf" | "http/json";
  readonly pushIntervalMs: number;
}

/**
 * Reads `HOST`, `PORT`, `METRICS_PORT`, `ADMIN_PORT`, `TASK_FILE`, `TASK_LEASE` (lease options as JSON),
 * and OpenTelemetry's `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_PROTOCOL` and
 * `OTEL_METRIC_EXPORT_INTERVAL`. Throws an error of one line for a value that makes no sense.
 */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const protocol = env["OTEL_EXPORTER_OTLP_PROTOCOL"] ?? "http/protobuf";
  if (protocol !== "http/protobuf" && protocol !== "http/json") {
    throw new Error(
      `OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf or http/json, not ${protocol}`,
    );
  }
  return {
    host: env["HOST"] ?? "127.0.0.1",
    port: integer(env, "PORT", 8080, 65_535),
    metricsPort: integer(env, "METRICS_PORT", 9464, 65_535),
    ...(env["ADMIN_PORT"] && { adminPort: integer(env, "ADMIN_PORT", 0, 65_535) }),
    ...(env["TASK_FILE"] && { taskFile: env["TASK_FILE"] }),
    ...(env["TASK_LEASE"] && { lease: json(env, "TASK_LEASE") as LeaseOptions }),
    ...(env["OTEL_EXPORTER_OTLP_ENDPOINT"] && { push: protocol }),
    pushIntervalMs: integer(env, "OTEL_METRIC_EXPORT_INTERVAL", 60_000, 86_400_000),
  };
}

function integer(env: NodeJS.ProcessEnv, name: string, byDefault: number, max: number): number {
  const text = env[name]?.trim() || String(byDefault);
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= max) return value;
  throw new Error(`${name} must be a whole number from 0 to ${max}, not ${text}`);
}

function json(env: NodeJS.ProcessEnv, name: string): unknown {
  try {
    return JSON.parse(env[name]!);
  } catch {
    throw new Error(`${name} must be JSON, not ${env[name]}`);
  }
}
