import { readerMetrics } from "../../reader/metrics.ts";
import { Readers } from "../../reader/readers.ts";
import type { Task } from "../../task/task.ts";
import type { Core } from "../core.ts";
import type { Part } from "../part.ts";
import type { MetricsPart } from "./metrics.ts";

/** The attached readers. */
export interface ReadersPart extends Part {
  readonly readers: Readers;
}

/** Lets readers export the metrics under the task's number. */
export function readersPart(core: Core, task: Task, { views }: MetricsPart): ReadersPart {
  const { clock, policy, metrics, life, events, owner, listeners } = core;
  const { held } = readerMetrics(metrics);
  const readers = new Readers(
    {
      ...{ owner, registry: metrics, views, lease: task, clock, events },
      exportTimeoutMs: policy.exportTimeoutMs,
      unnumberedHoldMs: policy.unnumberedHoldMs,
      instanceLabel: () => task.instanceLabel,
      mode: () => life.mode,
      isLast: () => life.hasEnded,
      flushIntervalMs: () => life.flush.flushIntervalMs,
      onHeld: (reason) => held.add(1, { "taskmon.reason": reason }),
      onSilent: (silence) => listeners.emit("silent", silence),
      onRecovered: (recovery) => listeners.emit("recovered", recovery),
    },
    // The SDK shuts its readers down, each after its last export; with the last one the whole is over.
    () => life.askForEnd(),
  );
  return { name: "readers", readers, status: () => readers.views };
}
