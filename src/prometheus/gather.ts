import type { OwnStreams, StreamSource } from "../points/streams.ts";
import type { Collected, ResourceLike } from "../points/types.ts";
import type { Clock } from "../shared/clock.ts";
import type { Reporter } from "../shared/report.ts";
import { withTimeout } from "../shared/timeout.ts";
import type { Contents } from "./exposition.ts";

/** Of the time for an answer, what a collection may take; the rest is for writing and sending. */
const COLLECT_SHARE = 0.5;

/** What is asked for metrics. */
export interface Gathering {
  readonly clock: Clock;
  readonly report: Reporter;
  readonly timeoutMs: number;
  readonly source: StreamSource | undefined;
  /** The reader's own `collect`, whoever has wrapped it. */
  readonly collect: (options: { timeoutMillis: number }) => Promise<Collected>;
  /** Whether `collect` is as the source left it. */
  readonly isDirect: boolean;
}

const NOTHING: Collected = {
  resourceMetrics: { resource: { attributes: {} }, scopeMetrics: [] },
  errors: [],
};

/** Gathers what one exposition shows. */
export class Gatherer {
  /** A collection of an SDK that has not come to its end: a callback hangs, say. */
  #hanging: Promise<unknown> | undefined;
  /** The resource as it was last collected. */
  #resource: ResourceLike | undefined;

  /** Rejects where nothing can be answered. */
  async gather(asked: Gathering): Promise<Contents> {
    const own = asked.isDirect ? asked.source?.own() : undefined;
    if (own !== undefined) return this.#withStreams(own, asked);
    const { resourceMetrics, errors } = await this.#inTime(asked, asked.collect);
    this.#say(asked.report, errors);
    const { resource, scopeMetrics } = resourceMetrics;
    return { resource: resource.attributes, own: [], collected: scopeMetrics };
  }

  /** Streams are answered whatever becomes of the SDK's collection. */
  async #withStreams(own: OwnStreams, asked: Gathering): Promise<Contents> {
    let collected = NOTHING;
    if (this.#hanging === undefined) {
      try {
        collected = await this.#inTime(asked, (options) => own.collect(options));
        this.#resource = collected.resourceMetrics.resource;
        asked.report.recovered("collect", "The SDK can collect again");
      } catch (error) {
        asked.report.warnOnce(
          "collect",
          "The SDK could not collect; its metrics are left out",
          error,
        );
      }
    }
    this.#say(asked.report, collected.errors);
    return {
      resource: own.resource(this.#resource).attributes,
      own: own.streams,
      collected: own.others(collected.resourceMetrics.scopeMetrics),
    };
  }

  /** One collection at a time: one that hangs is not asked again until it has ended. */
  async #inTime(
    { clock, timeoutMs }: Gathering,
    collect: Gathering["collect"],
  ): Promise<Collected> {
    const limit = timeoutMs * COLLECT_SHARE;
    return withTimeout(clock, "Collecting metrics", limit, () => {
      // The SDK's own limit, for each callback, a little before ours for all of them.
      const result = collect({ timeoutMillis: limit * 0.8 });
      this.#hanging = result;
      const over = (): void => {
        if (this.#hanging === result) this.#hanging = undefined;
      };
      result.then(over, over);
      return result;
    });
  }

  #say(report: Reporter, errors: readonly unknown[]): void {
    if (errors.length === 0) return;
    report.warnOnce("errors", "Some metrics could not be collected and are omitted", ...errors);
  }
}
