import type { MeterProvider } from "@opentelemetry/api";
import type { DurationsChoice } from "./options.ts";
import { type Upstream, UpstreamHistogram } from "../sdk/upstream-histogram.ts";

export type { Upstream } from "../sdk/upstream-histogram.ts";

/** What to do with the duration of a request that ends now. */
export type DurationDecision = "record" | "leave out" | "compare";

/**
 * Decides whether to record durations, if an upstream instrumentation may record the same requests in the
 * same MeterProvider. The existence of its instrument is not enough: it may be unable to patch the program,
 * or may ignore requests. So our durations wait until the end of the turn, in which it records its own, and
 * are recorded only if it did not. Only the numbers are compared: if it recorded some of the requests that
 * ended in one turn, ours may be recorded for the wrong ones.
 */
export class Durations {
  readonly #choice: DurationsChoice;
  readonly #provider: () => MeterProvider | undefined;
  readonly #upstream: UpstreamHistogram;
  #waiting: (() => void)[] = [];

  constructor(
    choice: DurationsChoice,
    upstream: Upstream,
    provider: () => MeterProvider | undefined,
  ) {
    this.#choice = choice;
    this.#provider = provider;
    this.#upstream = new UpstreamHistogram(upstream);
  }

  /** What to do with the duration of a request that ends now. For `compare`, call {@link compare}. */
  get decision(): DurationDecision {
    if (this.#choice !== "auto") return this.#choice === "always" ? "record" : "leave out";
    return this.#upstream.isIn(this.#provider()) ? "compare" : "record";
  }

  /** Calls `record` at the end of this turn, unless the upstream has recorded the request by then. */
  compare(record: () => void): void {
    this.#waiting.push(record);
    if (this.#waiting.length === 1) setImmediate(this.#decide);
  }

  readonly #decide = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const record of waiting.slice(Math.min(this.#theirs(), waiting.length))) record();
  };

  #theirs(): number {
    try {
      return this.#upstream.isIn(this.#provider()) ? this.#upstream.recordedSince() : 0;
    } catch {
      // This SDK stores it in another way, so we know nothing about an upstream.
      return 0;
    }
  }
}
