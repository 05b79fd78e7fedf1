import type { Clock } from "../../shared/clock.ts";
import type { Reporter } from "../../shared/report.ts";
import type { Bodies } from "./bodies.ts";

/** What the functions that answer scrapes need. */
export interface Answering {
  readonly bodies: Bodies;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly report: Reporter;
}
