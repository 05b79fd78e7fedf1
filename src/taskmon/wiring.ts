import { endReader, settleReader } from "../reader/attach.ts";
import type { ReaderContext } from "../reader/context.ts";
import { readerMetrics } from "../reader/metrics.ts";
import { Readers } from "../reader/readers.ts";
import { Flusher } from "../flush/flusher.ts";
import { flushMetrics } from "../flush/metrics.ts";
import { readyToExport } from "../flush/readiness.ts";
import { Ending } from "../shutdown/ending.ts";
import type { TaskmonParts } from "./parts.ts";

/** What readers tell, and ask of the end. */
type ReaderHooks = Required<Pick<ReaderContext, "isLast" | "onSilent" | "onRecovered">> & {
  /** The last of them was shut down, its last export done. */
  readonly onLastShutdown: () => Promise<void>;
};

/** The readers that export the parts' metrics, under their number. */
export function readersOf(parts: TaskmonParts, hooks: ReaderHooks): Readers {
  const { clock, policy, metrics, views, task, state, events, owner } = parts;
  const { held } = readerMetrics(metrics);
  const { onLastShutdown, ...rest } = hooks;
  return new Readers(
    {
      ...{ owner, registry: metrics, views, lease: task, clock, events },
      exportTimeoutMs: policy.exportTimeoutMs,
      unnumberedHoldMs: policy.unnumberedHoldMs,
      instanceLabel: () => task.instanceLabel,
      mode: () => state.mode,
      flushIntervalMs: () => state.flush.flushIntervalMs,
      onHeld: (reason) => held.add(1, { "taskmon.reason": reason }),
      ...rest,
    },
    onLastShutdown,
  );
}

/** The flushes inside requests of these readers. */
export function flusherOf(parts: TaskmonParts, readers: Readers): Flusher {
  const { clock, policy, metrics, task, settings, state, events } = parts;
  const flusher = new Flusher({
    clock,
    settings: () => state.flush,
    refreshSettings: () => settings.refreshIfStale(),
    prepare: (signal) => readyToExport(task, policy, clock, signal),
    flush: () => readers.export(),
    onFlush: flushMetrics(metrics),
    events,
  });
  // After the state has followed, which listened first.
  settings.on("applied", () => flusher.follow());
  return flusher;
}

/** The end of the parts and these readers. */
export function endingOf(
  parts: TaskmonParts,
  readers: Readers,
  close: () => Promise<void>,
): Ending {
  const { clock, health, task } = parts;
  return new Ending({
    clock,
    health,
    task,
    readers: () => readers,
    endReader,
    settleReader,
    close,
  });
}
