import type { OwnStreams, StreamSource } from "../points/streams.ts";
import type { Collected, ResourceLike } from "../points/types.ts";
import type { Clock } from "../shared/clock.ts";
import type { Reporter } from "../shared/report.ts";
import { withTimeout } from "../shared/timeout.ts";
import type { Contents } from "./exposition.ts";

/** The share of an answer's time limit that a collection may take. The rest is for writing and sending. */
const COLLECT_SHARE = 0.5;

/** What to collect from, and how. */
export interface Gathering {
  readonly clock: Clock;
  readonly report: Reporter;
  readonly timeoutMs: number;
  readonly source: StreamSource | undefined;
  /** The reader's `collect`, including any wrapper around it. */
  readonly collect: (options: { timeoutMillis: number }) => Promise<Collected>;
  /** Whether nobody has replaced `collect` since the source was set. */
  readonly isDirect: boolean;
}

const NOTHING: Collected = {
  resourceMetrics: { resource: { attributes: {} }, scopeMetrics: [] },
  errors: [],
};

/** Gathers the contents of one exposition. */
export class Gatherer {
  /** A collection of an SDK that has not finished, for example because a callback hangs. */
  #hanging: Promise<unknown> | undefined;
  /** The resource of the last collection. */
  #resource: ResourceLike | undefined;

  /** Rejects if it cannot collect anything. */
  async gather(asked: Gathering): Promise<Contents> {
    const own = asked.isDirect ? asked.source?.own() : undefined;
    if (own !== undefined) return this.#withStreams(own, asked);
    const { resourceMetrics, errors } = await this.#inTime(asked, asked.collect);
    this.#say(asked.report, errors);
    const { resource, scopeMetrics } = resourceMetrics;
    return { resource: resource.attributes, own: [], collected: scopeMetrics };
  }

  /** Returns our streams even if the SDK's collection fails. */
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

  /** Runs one collection at a time: while one hangs, no other is started. */
  async #inTime(
    { clock, timeoutMs }: Gathering,
    collect: Gathering["collect"],
  ): Promise<Collected> {
    const limit = timeoutMs * COLLECT_SHARE;
    return withTimeout(clock, "Collecting metrics", limit, () => {
      // The SDK's limit for each callback ends a little before our limit for all of them.
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
    report.warnOnce("errors", "Some metrics could not be collected and are left out", ...errors);
  }
}
