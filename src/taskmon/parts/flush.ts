import { Flusher } from "../../flush/flusher.ts";
import { flushMetrics } from "../../flush/metrics.ts";
import { readyToExport } from "../../flush/readiness.ts";
import type { AttachedReaders } from "../../reader/attached-readers.ts";
import type { Task } from "../../task/task.ts";
import type { Core } from "../core.ts";
import type { Part } from "../part.ts";

/** Flushes inside requests. */
export interface FlushPart extends Part {
  readonly flusher: Flusher;
}

export function flushPart(core: Core, task: Task, readers: AttachedReaders): FlushPart {
  const { clock, policy, metrics, settings, life, events } = core;
  const flusher = new Flusher({
    clock,
    settings: () => life.flush,
    refreshSettings: () => settings.refreshIfStale(),
    prepare: (signal) => readyToExport(task, policy, clock, signal),
    flush: () => readers.export(),
    onFlush: flushMetrics(metrics),
    events,
  });
  return { name: "flush", flusher, apply: () => flusher.follow(), status: () => flusher.state };
}
