import {
  type NodeInstrumentation,
  PassedInstrumentation,
} from "../../runtime/passed-instrumentation.ts";
import { RuntimeMetrics } from "../../runtime/runtime-metrics.ts";
import { methodsOption } from "../../shared/options.ts";
import type { Core } from "../core.ts";
import type { TaskmonOptions } from "../options.ts";
import type { Part } from "../part.ts";

/**
 * The metrics of the process, the event loop and V8, if the settings ask for them; the latter two from
 * OpenTelemetry's instrumentation if one is passed.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function runtimePart(
  { metrics }: Pick<Core, "metrics">,
  { runtime }: Pick<TaskmonOptions, "runtime">,
): Part {
  const passed = typeof runtime === "object" ? passedOption(runtime) : undefined;
  const own = new RuntimeMetrics(metrics, passed === undefined ? "all" : "process");
  let runs = false;
  return {
    name: "runtime",
    apply(settings) {
      const wanted = settings.enabled && settings.runtime;
      if (wanted === runs) return;
      runs = wanted;
      for (const each of [own, passed]) {
        if (wanted) each?.enable();
        else each?.disable();
      }
    },
    setMeterProvider: (provider) => passed?.setMeterProvider(provider),
    close() {
      own.disable();
      passed?.disable();
    },
  };
}

function passedOption(given: NodeInstrumentation): PassedInstrumentation {
  const methods = ["setMeterProvider", "enable", "disable"] as const;
  const passed = new PassedInstrumentation(
    methodsOption<NodeInstrumentation>("runtime", given, methods),
  );
  // It measures from its construction; the settings decide whether it should.
  passed.disable();
  return passed;
}
