/**
 * The name as OpenTelemetry's Prometheus exporter writes it: `_` for whatever is no letter or digit,
 * and one `_` where there would be several.
 */
export function prometheusName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9]+/g, "_");
}
