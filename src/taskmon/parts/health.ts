import { Health } from "../../health/health.ts";
import { isHexNaming } from "../../metrics/naming.ts";
import { optionsObject } from "../../shared/options.ts";
import type { Core } from "../core.ts";
import { HEALTH_OPTIONS, type TaskmonOptions } from "../options.ts";
import type { Part } from "../part.ts";

/** The health checks. */
export interface HealthPart extends Part {
  readonly health: Health;
}

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
export function healthPart(
  { metrics, clock, events }: Core,
  { naming, health: options }: Partial<TaskmonOptions>,
): HealthPart {
  const health = new Health({
    // The gauges of OysterPack's health checks belong with its names.
    originalGauges: naming !== undefined && isHexNaming(naming),
    ...(events !== undefined && { events }),
    ...optionsObject("health", options, HEALTH_OPTIONS),
    registry: metrics,
    clock,
  });
  return {
    name: "health",
    health,
    shutdownSteps: [{ name: "the end of the health checks", run: () => health.shutdown() }],
    status: () => health.report("health"),
  };
}
