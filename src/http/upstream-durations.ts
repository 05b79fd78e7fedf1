import type { MeterProvider } from "@opentelemetry/api";
import type { DurationsChoice } from "./options.ts";
import { type Upstream, UpstreamHistogram } from "../sdk/upstream-histogram.ts";

export type { Upstream } from "../sdk/upstream-histogram.ts";

/** What becomes of the duration of a request that ends now. */
export type DurationDecision = "record" | "leave out" | "compare";

/**
 * Says whether durations are to be recorded, where an upstream instrumentation may measure the same
 * requests for the same MeterProvider. That its instrument is there does not tell: it may be unable to
 * patch the program, or be told to ignore requests. So ours wait for the end of the turn, in which it
 * records its own, and are recorded as far as it did not. They are compared by number: where it measured
 * some of the requests that ended in one turn, the others may be taken for these.
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

  /** What to do with the duration of a request that ends now; `compare` is for {@link compare}. */
  get decision(): DurationDecision {
    if (this.#choice !== "auto") return this.#choice === "always" ? "record" : "leave out";
    return this.#upstream.isIn(this.#provider()) ? "compare" : "record";
  }

  /** Calls `record` at the end of this turn, unless the upstream has measured the request by then. */
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
      // An SDK that keeps it in another way: nothing is known of an upstream.
      return 0;
    }
  }
}
