import type { MetricRegistry } from "../../metrics/index.ts";
import { InvalidOptionError } from "../../shared/errors.ts";
import { HttpTelemetry } from "../telemetry.ts";

/** The metrics of a wrapper live where those of the Taskmon object do. @throws InvalidOptionError */
export function givenTelemetry(metrics: MetricRegistry | undefined): HttpTelemetry {
  const option = "taskmon.metrics";
  if (metrics === undefined) throw new InvalidOptionError(option, "a registry", metrics);
  return new HttpTelemetry(option, metrics);
}
