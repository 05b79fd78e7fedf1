import { quantile } from "../../dump/quantiles.ts";
import type { Figures } from "./figures.ts";
import { subtractHistogram } from "../../points/histogram.ts";

/** The state of a process, for people and for programs. */
export interface Row {
  /** The address that was asked, or the owner of the number. */
  readonly at: string;
  readonly state: "up" | "down" | "held" | "expired" | "resting";
  readonly service: string | null;
  readonly number: number | null;
  /** Seconds until the lease ends. */
  readonly leaseS: number | null;
  readonly requestsPerSecond: number | null;
  /** The share of requests that failed, 0 to 1. */
  readonly errorRatio: number | null;
  /** Seconds. */
  readonly p99S: number | null;
  /** `pass`, or the worst state of a check. */
  readonly health: string | null;
  /** Which checks do not pass, with their states. */
  readonly ailing: readonly string[];
  readonly exports: "ok" | "failing" | "none" | null;
  /** Seconds since an export got through. */
  readonly lastExportAgeS: number | null;
  /** Why there is no answer. */
  readonly error: string | null;
}

/** A reading, with its time on a monotonic clock. */
export interface Read {
  readonly figures: Figures;
  readonly atMs: number;
}

/** A row about which nothing is known. */
export const UNKNOWN: Omit<Row, "at" | "state"> = {
  ...{ service: null, number: null, leaseS: null, requestsPerSecond: null, errorRatio: null },
  ...{ p99S: null, health: null, ailing: [], exports: null, lastExportAgeS: null, error: null },
};

/** The row of a process that answered. Rates are since the previous reading, if there is one. */
export function rowOf(at: string, now: Read, before: Read | undefined, wallS: number): Row {
  const { figures } = now;
  return {
    ...{ ...UNKNOWN, at, state: "up" },
    service: figures.service ?? null,
    number: figures.number ?? null,
    leaseS: figures.leaseS ?? null,
    ...trafficOf(now, before),
    health: healthOf(figures),
    ailing: figures.ailing.map(({ check, state }) => `${check} ${state}`),
    exports: exportsOf(figures, before?.figures),
    lastExportAgeS:
      figures.lastExportS === undefined ? null : Math.max(0, wallS - figures.lastExportS),
  };
}

function trafficOf(
  { figures, atMs }: Read,
  before: Read | undefined,
): Pick<Row, "requestsPerSecond" | "errorRatio" | "p99S"> {
  const then = before?.figures;
  const requests = grown(figures.requests, then?.requests);
  const seconds = before === undefined ? 0 : (atMs - before.atMs) / 1_000;
  if (requests === undefined || !(seconds > 0)) {
    return { requestsPerSecond: null, errorRatio: null, p99S: null };
  }
  const failures = grown(figures.failures, then?.failures) ?? 0;
  const durations = grownHistogram(figures, then);
  return {
    requestsPerSecond: requests / seconds,
    errorRatio: requests === 0 ? null : Math.min(1, failures / requests),
    p99S: requests === 0 || durations === undefined ? null : (quantile(0.99, durations) ?? null),
  };
}

/** How much a counter grew. A smaller value means that it was reset. */
function grown(now: number | undefined, before: number | undefined): number | undefined {
  if (now === undefined) return undefined;
  return before === undefined || now < before ? now : now - before;
}

function grownHistogram(now: Figures, before: Figures | undefined): Figures["durations"] {
  if (now.durations === undefined || before?.durations === undefined) return now.durations;
  if (now.durations.count < before.durations.count) return now.durations;
  return subtractHistogram(now.durations, before.durations) ?? now.durations;
}

const GRAVEST = ["fail", "warn", "unknown", "paused"];

function healthOf({ checks, ailing }: Figures): string | null {
  if (checks === 0) return null;
  const states = new Set(ailing.map(({ state }) => state));
  return GRAVEST.find((state) => states.has(state)) ?? "pass";
}

function exportsOf(now: Figures, before: Figures | undefined): Row["exports"] {
  const failed = now.exportsFailed - (before?.exportsFailed ?? 0);
  const done = now.exportsDone - (before?.exportsDone ?? 0);
  if (failed > 0 && done <= 0) return "failing";
  return now.exportsDone > 0 ? "ok" : now.exportsFailed > 0 ? "failing" : "none";
}
