import type { MetricRegistry } from "../../metrics/index.ts";
import { InvalidOptionError } from "../../shared/errors.ts";
import { HttpTelemetry } from "../telemetry.ts";

/**
 * Returns the telemetry of a wrapper, with the registry of the Taskmon object.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function givenTelemetry(metrics: MetricRegistry | undefined): HttpTelemetry {
  const option = "taskmon.metrics";
  if (metrics === undefined) throw new InvalidOptionError(option, "a registry", metrics);
  return new HttpTelemetry(option, metrics);
}
