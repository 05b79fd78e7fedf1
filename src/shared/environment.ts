/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The resource attributes that the OpenTelemetry variables name: `OTEL_RESOURCE_ATTRIBUTES` (`key=value`
 * pairs between commas, values percent-encoded), and `OTEL_SERVICE_NAME`, which wins for `service.name`. An
 * invalid pair is skipped, as the specification of the SDK's environment variables allows.
 */
export function resourceAttributesFromEnv(env: Environment): Record<string, string | undefined> {
  const attributes: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const pair of (env.OTEL_RESOURCE_ATTRIBUTES ?? "").split(",")) {
    const equals = pair.indexOf("=");
    if (equals === -1) continue;
    const key = decode(pair.slice(0, equals).trim());
    const value = decode(
      pair
        .slice(equals + 1)
        .trim()
        .replace(/^"(.*)"$/, "$1"),
    );
    if (key && value) attributes[key] = value;
  }
  const serviceName = env.OTEL_SERVICE_NAME?.trim();
  if (serviceName) attributes["service.name"] = serviceName;
  return attributes;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
