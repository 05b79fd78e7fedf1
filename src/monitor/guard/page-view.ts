import type { MonitoredService } from "../service.ts";

/** The data for the page. It contains no secrets, and does not reveal the address of the service. */
export interface PageView {
  readonly service: string;
  /** 503 while the service is down; 500, 502 or 504 after a failure. */
  readonly status: number;
  /** A sentence or two about what is going on. */
  readonly message: string;
  /** From 0 to 1; absent if we do not know how long it takes. */
  readonly progress?: number;
  readonly retryAfterSeconds: number;
  /** Whether the page may reload itself. False for a submitted form, which must not be sent twice. */
  readonly reloads: boolean;
  /** The path of the event stream that reports when the service is up. */
  readonly eventsPath?: string;
}

/** The message for people while a service is not up. */
export function wakingMessage(service: MonitoredService): {
  readonly message: string;
  readonly progress?: number;
} {
  const { name, triggers, usualWakeMs, expectedUpMs } = service.view();
  const isWoken = triggers.some(
    ({ slot, running, fired }) => slot !== "onUp" && (running || fired > 0),
  );
  const what = isWoken ? `${name} was asleep and is being woken.` : `${name} does not answer yet.`;
  if (usualWakeMs === undefined || usualWakeMs < 1_000) return { message: what };
  const message = `${what} That usually takes about ${duration(usualWakeMs)}.`;
  if (expectedUpMs === undefined) return { message };
  return { message, progress: Math.min(0.95, Math.max(0, 1 - expectedUpMs / usualWakeMs)) };
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds === 1) return "a second";
  if (seconds < 100) return `${seconds} seconds`;
  return `${Math.round(seconds / 60)} minutes`;
}
