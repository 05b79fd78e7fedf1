import type { Attributes } from "@opentelemetry/api";
import { MetricRegistry } from "../metrics/registry.ts";
import type { AttachableReader } from "../sdk/types.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import type { EventSink, EventSinkProvider } from "../shared/events.ts";
import { methodsOption } from "../shared/options.ts";
import { targetAttributes } from "../task/attributes.ts";
import type { Target } from "../task/target.ts";
import type { Task } from "../task/task.ts";
import { type AttachOptions, attachReader } from "./attach.ts";
import { readerMetrics } from "./metrics.ts";

/** Options of {@link attachToTask}. */
export interface AttachToTaskOptions extends AttachOptions {
  /**
   * The metrics that the reader exports in addition to those of its provider. The reader's own metrics are
   * also in this registry. @default a new registry
   */
  readonly metrics?: MetricRegistry;
  /** Receives events: an OpenTelemetry Logger, or a LoggerProvider. @default none */
  readonly events?: EventSink | EventSinkProvider;
  /** For tests: the clock of the task. @default the machine's clock */
  readonly clock?: Clock;
}

/** Returns a function for the attributes of a task's target, which may change when the task restarts. */
function targetReader(task: Task): () => Attributes {
  let known: { readonly target: Target; readonly attributes: Attributes } | undefined;
  return () => {
    const { target } = task;
    if (known?.target !== target) known = { target, attributes: targetAttributes(target) };
    return known.attributes;
  };
}

/**
 * Lets a reader export under the number of a task that you created without a Taskmon object, and returns the
 * same reader. The reader is held while there is no number, and each new number begins new streams. You start
 * and release the task yourself: release it after the reader's shutdown.
 * @throws ReaderAttachedError `ERR_TASKMON_READER_ATTACHED`
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` if it is not a reader, or for wrong options
 */
export function attachToTask<R extends AttachableReader>(
  reader: R,
  task: Task,
  options: AttachToTaskOptions = {},
): R {
  methodsOption("task", task, ["isSure", "streamAttributes"]);
  const { metrics = new MetricRegistry(), events, clock = systemClock(), ...attach } = options;
  methodsOption("attach.metrics", metrics, ["counter", "histogram", "gauge"]);
  const { held } = readerMetrics(metrics);
  return attachReader(
    reader,
    {
      ...{ lease: task, registry: metrics, clock, events },
      owner: () => `the task of instance ${task.instanceId}`,
      target: targetReader(task),
      exportTimeoutMs: task.policy.exportTimeoutMs,
      unnumberedHoldMs: task.policy.unnumberedHoldMs,
      instanceLabel: () => task.instanceLabel,
      onHeld: (reason) => held.add(1, { "taskmon.reason": reason }),
      onShutdown: async () => undefined,
    },
    attach,
  );
}
