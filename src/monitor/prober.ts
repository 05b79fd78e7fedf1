import type { CheckEngine } from "../check/engine.ts";
import { CheckTimeoutError } from "../check/errors.ts";
import type { CheckFunction, Finding } from "../check/result.ts";
import { type Run, startRun } from "../check/run.ts";
import { attempt } from "../probe/attempt.ts";
import type { Probe, Target } from "../probe/contract.ts";
import { errorTypeOf } from "../probe/error-type.ts";
import { ProbeError } from "../probe/errors.ts";
import { messageOf } from "../shared/errors.ts";
import { MonitorProbeError } from "./errors.ts";

/** The service that a prober probes, and how. */
export interface ProberOptions {
  readonly service: string;
  readonly target: Target;
  readonly probe: Probe | CheckFunction;
  readonly timeoutMs: number;
  readonly engine: Omit<CheckEngine, "limiter">;
}

/** The result of one probe. */
export type Found =
  | { readonly outcome: "up" }
  | { readonly outcome: "down"; readonly error: Error; readonly errorType: string }
  | { readonly outcome: "error"; readonly error: MonitorProbeError; readonly errorType: string }
  | { readonly outcome: "unknown"; readonly error: MonitorProbeError; readonly errorType: string };

/** How long a probe may continue after its signal aborted before we stop waiting for it. */
const KILL_TIMEOUT_MS = 10_000;
/** The most probes that may continue after we stopped waiting for them. At this limit no further probe begins. */
const MAX_ABANDONED = 3;

/** Probes a service, with a time limit. A blocked event loop does not count as a failure of the service. */
export class Prober {
  readonly #options: ProberOptions;
  readonly #check: CheckFunction;
  #run: Run | undefined;
  /** Probes that timed out and have not returned yet. */
  #late = 0;

  constructor(options: ProberOptions) {
    this.#options = options;
    this.#check = checkOf(options);
  }

  /** Probes once. Never rejects. */
  async probe(): Promise<Found> {
    const { service } = this.#options;
    if (this.#late >= MAX_ABANDONED) {
      const reason = `${this.#late} probes have not returned`;
      const error = new MonitorProbeError(service, "unavailable", reason);
      return { outcome: "error", error, errorType: error.type };
    }
    const found = this.#read(await this.#once());
    // An inconclusive probe is repeated once.
    return found.outcome === "unknown" ? this.#read(await this.#once()) : found;
  }

  /** Aborts the probe under way. */
  cancel(reason: Error): void {
    this.#run?.cancel(reason);
  }

  async #once(): Promise<Finding> {
    const { service, timeoutMs, engine } = this.#options;
    const run = startRun(this.#check, {
      ...{ clock: engine.clock, stalls: engine.stalls, timeoutMs },
      killTimeoutMs: KILL_TIMEOUT_MS,
      timeoutError: () => new CheckTimeoutError(service, timeoutMs),
    });
    this.#run = run;
    let isBack = false;
    void run.returned.then(() => (isBack = true));
    const finding = await run.finding;
    this.#run = undefined;
    if (!isBack) {
      this.#late++;
      void run.returned.then(() => this.#late--);
    }
    return finding;
  }

  #read({ outcome, error }: Finding): Found {
    if (outcome === "pass" || outcome === "warn") return { outcome: "up" };
    const { service } = this.#options;
    const cause = error ?? new Error("The probe failed");
    const errorType = errorTypeOf(cause);
    const cannot = (type: string, reason: string) =>
      new MonitorProbeError(service, type, reason, { cause });
    if (outcome === "unknown") {
      const stalled = cannot("stalled", "the event loop was blocked meanwhile");
      return { outcome, error: stalled, errorType: stalled.type };
    }
    if (!CANNOT.has(errorType)) return { outcome: "down", error: cause, errorType };
    return { outcome: "error", error: cannot(errorType, messageOf(cause)), errorType };
  }
}

/** Failures that do not show whether the service is up: no address was found, or the probe could not begin. */
const CANNOT: ReadonlySet<string> = new Set([
  ...["dns_not_found", "dns_failure", "dns_timeout", "unavailable"],
]);

function checkOf({ probe, target, timeoutMs, engine }: ProberOptions): CheckFunction {
  if (typeof probe === "function") return probe;
  const options = { probe, timeoutMs, clock: engine.clock, negative: false };
  return async ({ signal }) => {
    const { success, error } = await attempt(target, options, signal);
    if (!success) throw error ?? new ProbeError("_OTHER", "The probe failed");
  };
}
