import type { ServerRequestView } from "../options.ts";

/** The paths that orchestrators, load balancers and Prometheus usually request. */
const PROBE_PATHS: ReadonlySet<string> = new Set([
  "/health",
  "/healthz",
  "/healthcheck",
  "/health-check",
  "/_health",
  "/live",
  "/livez",
  "/liveness",
  "/ready",
  "/readyz",
  "/readiness",
  "/startup",
  "/startupz",
  "/ping",
  "/metrics",
  "/health/live",
  "/health/ready",
  "/health/startup",
  "/_ah/health",
]);

/**
 * Whether a request asks for one of the usual paths of health checks and metric scrapes. Use it for the
 * option `ignore`.
 * @example new HttpMetricsInstrumentation({ server: { ignore: isProbeRequest } })
 */
export function isProbeRequest(request: ServerRequestView): boolean {
  const { method, url } = request;
  if (url === undefined || (method !== "GET" && method !== "HEAD")) return false;
  const query = url.indexOf("?");
  const path = query === -1 ? url : url.slice(0, query);
  return PROBE_PATHS.has(path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path);
}
