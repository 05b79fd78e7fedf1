import type { Clock } from "../shared/clock.ts";
import { keepAlive } from "../shared/keep-alive.ts";
import type { AppShutdownOptions, AppTaskmon } from "./app-options.ts";
import type { Service } from "./services/service.ts";
import type { ServiceStop } from "./services/service-stop.ts";
import { stopAll } from "./services/stop-all.ts";

/** The result of an app's shutdown. */
export interface AppShutdownReport {
  readonly services: readonly ServiceStop[];
  /** The names of the services that did not stop in time. */
  readonly hung: readonly string[];
  readonly durationMs: number;
  /** Whether every service that was alive has ended without an error. */
  readonly complete: boolean;
}

/** What to shut down, and the callbacks. */
export interface EndingParts {
  readonly clock: Clock;
  readonly services: readonly Service[];
  readonly taskmon: Pick<AppTaskmon, "shutdown"> | undefined;
  /** How long requests may still come while readiness fails already. */
  readonly drainMs: number;
  /** The services have ended, as far as they did; Taskmon has not. */
  servicesEnded(report: AppShutdownReport): void;
}

const DEFAULT_TIMEOUT_MS = 8_000;
/** The part of the time limit that is reserved for the last export and the return of the task number. */
const TASKMON_SHARE = 0.3;

/**
 * Waits for the drain, ends the services in reverse order, then the Taskmon object, within one deadline.
 * The process is kept alive meanwhile. Never rejects.
 */
export async function endOf(
  parts: EndingParts,
  { timeoutMs = DEFAULT_TIMEOUT_MS, signal, reason }: AppShutdownOptions,
): Promise<AppShutdownReport> {
  const { clock, services, taskmon, drainMs } = parts;
  const letGo = keepAlive();
  const startedAtMs = clock.now();
  const now = (): number => clock.now();
  const deadline = new AbortController();
  const callOff = (): void => deadline.abort();
  const share = taskmon === undefined ? 0 : TASKMON_SHARE;
  const cancel = clock.after(timeoutMs * (1 - share), callOff);
  if (signal?.aborted) callOff();
  signal?.addEventListener("abort", callOff, { once: true });

  await drained(clock, drainMs, deadline.signal);
  const stops = await stopAll(services, { reason, deadline: deadline.signal, now });
  cancel();
  signal?.removeEventListener("abort", callOff);
  const report = (): AppShutdownReport => ({
    services: stops,
    hung: stops.filter(({ outcome }) => outcome === "hung").map(({ name }) => name),
    durationMs: now() - startedAtMs,
    complete: stops.every(({ outcome }) => outcome === "stopped" || outcome === "not_alive"),
  });
  parts.servicesEnded(report());
  const leftMs = Math.max(0, startedAtMs + timeoutMs - now());
  await taskmon?.shutdown({ timeoutMs: leftMs }).catch(() => undefined);
  letGo();
  return report();
}

/** Settles after a time, or when the deadline aborts. */
async function drained(clock: Clock, drainMs: number, deadline: AbortSignal): Promise<void> {
  if (drainMs === 0 || deadline.aborted) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      cancel();
      deadline.removeEventListener("abort", end);
      resolve();
    };
    const cancel = clock.after(drainMs, end);
    deadline.addEventListener("abort", end, { once: true });
  });
}
