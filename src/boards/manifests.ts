import { textOption } from "../shared/options.ts";
import { yaml } from "./yaml/yaml.ts";

/** The subject of the Kubernetes manifests. */
export interface ManifestOptions {
  /** The app's name, as its label `app` has it. */
  readonly name: string;
  /** The name of the port with the metrics. @default `metrics` */
  readonly metricsPort?: string | undefined;
  /** @default `/metrics` */
  readonly metricsPath?: string | undefined;
  /** The name of the port with the health answers. @default `http` */
  readonly healthPort?: string | undefined;
}

/**
 * The manifest with which Prometheus' operator scrapes every process: a Service's endpoints, or pods without a Service.
 * Both drop nothing, and leave the labels that the exposition has.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function scrapeManifest(kind: "service" | "pod", options: ManifestOptions): string {
  const { name, metricsPort, metricsPath } = settings(options);
  const endpoints = [{ port: metricsPort, path: metricsPath, interval: "30s", honorLabels: false }];
  return yaml({
    apiVersion: "monitoring.coreos.com/v1",
    kind: kind === "service" ? "ServiceMonitor" : "PodMonitor",
    metadata: { name, labels: { app: name } },
    spec: {
      selector: { matchLabels: { app: name } },
      ...(kind === "service" ? { endpoints } : { podMetricsEndpoints: endpoints }),
    },
  });
}

/**
 * The part of a Deployment that asks the process how it is: startup, liveness and readiness.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function probesManifest(options: ManifestOptions): string {
  const { name, healthPort } = settings(options);
  const get = (path: string): object => ({ httpGet: { path, port: healthPort } });
  return yaml({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          // Longer than the drain's delay and its close timeout together.
          terminationGracePeriodSeconds: 30,
          containers: [
            {
              ...{ name, image: name },
              ports: [{ name: healthPort, containerPort: 8080 }],
              startupProbe: { ...get("/startupz"), periodSeconds: 2, failureThreshold: 60 },
              // An answer takes no check, but it takes an event loop.
              livenessProbe: {
                ...get("/livez"),
                ...{ periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
              },
              // The checks have thresholds of their own (`fall`, `rise`).
              readinessProbe: {
                ...get("/readyz"),
                ...{ periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 1 },
              },
            },
          ],
        },
      },
    },
  });
}

function settings(options: ManifestOptions): Required<{ [K in keyof ManifestOptions]: string }> {
  return {
    name: textOption("name", options.name, 63),
    metricsPort: textOption("metricsPort", options.metricsPort ?? "metrics", 63),
    metricsPath: textOption("metricsPath", options.metricsPath ?? "/metrics"),
    healthPort: textOption("healthPort", options.healthPort ?? "http", 63),
  };
}
