import { RequestMetrics } from "../../http/request-metrics.ts";
import { runtimeGap } from "../../http/runtime-gap.ts";
import { createReporter } from "../../shared/report.ts";
import type { Core } from "../core.ts";
import type { TaskmonOptions } from "../options.ts";
import type { Part } from "../part.ts";

/** The metrics of HTTP requests. */
export interface RequestsPart extends Part {
  readonly requests: RequestMetrics;
}

/** Begins to observe. @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
export function requestsPart({ metrics }: Core, { http }: Partial<TaskmonOptions>): RequestsPart {
  const requests = new RequestMetrics(http, metrics);
  const gap = http === false ? undefined : runtimeGap();
  if (gap !== undefined) createReporter("http").warnOnce("runtime", gap);
  return {
    name: "requests",
    requests,
    pause: () => requests.pause(),
    resume: () => requests.resume(),
    setMeterProvider: (provider) => requests.setMeterProvider(provider),
    // Not earlier: the last export still includes requests that end during the shutdown.
    close: () => requests.disable(),
  };
}
