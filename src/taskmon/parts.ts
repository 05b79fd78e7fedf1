import { Flush } from "../flush/flush.ts";
import type { Flusher } from "../flush/flusher.ts";
import type { Health } from "../health/index.ts";
import type { Monitor } from "../monitor/index.ts";
import type { Probes } from "../probe/index.ts";
import type { RequestMetrics } from "../http/request-metrics.ts";
import type { AttachedReaders } from "../reader/attached-readers.ts";
import { leaseMetrics } from "../task/metrics.ts";
import { Task } from "../task/task.ts";
import type { Core } from "./core.ts";
import type { TaskmonOptions } from "./options.ts";
import { PartList } from "./part.ts";
import { flushPart } from "./parts/flush.ts";
import { healthPart } from "./parts/health.ts";
import { leasePart } from "./parts/lease.ts";
import { monitorsPart } from "./parts/monitors.ts";
import { probesPart } from "./parts/probes.ts";
import { metricsPart } from "./parts/metrics.ts";
import { readersPart } from "./parts/readers.ts";
import { requestsPart } from "./parts/requests.ts";
import { runtimePart } from "./parts/runtime.ts";
import { voicePart } from "./parts/voice.ts";

/** The parts of one Taskmon object: those behind its methods, and all of them as one. */
export interface Parts {
  readonly task: Task;
  readonly health: Health;
  readonly probes: Probes;
  readonly monitors: Monitor;
  readonly readers: AttachedReaders;
  readonly flush: Flush;
  readonly flusher: Flusher;
  readonly requests: RequestMetrics;
  readonly all: PartList;
}

/**
 * Creates the parts. Leaves nothing behind if it throws.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for a wrong option
 * @throws TargetTakenError `ERR_TASKMON_TARGET_TAKEN` if this process already has one for the target
 */
export function createParts(core: Core, given: Partial<TaskmonOptions>): Parts {
  const { allocator, target, identity, policy, clock } = core;
  const task = new Task({
    ...{ allocator, policy, clock },
    target: () => target.target,
    instanceId: () => identity.instanceId,
  });
  task.on("heartbeat", leaseMetrics(core.metrics, task));
  const metrics = metricsPart(core);
  const health = healthPart(core, given);
  const probes = probesPart(core, given);
  const monitors = monitorsPart(core);
  const readers = readersPart(core, given, task, metrics);
  const runtime = runtimePart(core, given);
  const flush = flushPart(core, task, readers.readers);
  target.claim();
  try {
    // Last, because it begins to observe at once.
    const requests = requestsPart(core, given);
    // In the order in which they follow the settings and shut down.
    const lease = leasePart(core, task, readers.readers);
    const all = new PartList([
      metrics,
      health,
      probes,
      monitors,
      requests,
      runtime,
      lease,
      readers,
      flush,
      voicePart(core, task),
    ]);
    return {
      ...{ task, readers: readers.readers },
      ...{ health: health.health, probes: probes.probes, monitors: monitors.monitors },
      flush: new Flush({
        now: () => readers.readers.flush(),
        flusher: flush.flusher,
        settle: (response) => requests.requests.settle(response),
      }),
      ...{ flusher: flush.flusher, requests: requests.requests, all },
    };
  } catch (error) {
    target.unclaim();
    throw error;
  }
}
