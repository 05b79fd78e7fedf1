import type { ExportPermit } from "./export-permit.ts";
import { NO_RESOURCE, without } from "./collected.ts";
import type { ReaderContext, ReaderTreatment } from "./context.ts";
import { ReaderExports } from "./exports.ts";
import { standingOf } from "./gate.ts";
import { Outgoing } from "./outgoing.ts";
import { OwnMetrics } from "./own-metrics.ts";
import { ReaderProducers } from "./producers.ts";
import { UnsentDeltas } from "./unsent-deltas.ts";
import { ReaderStatus } from "./reader-status.ts";
import { modeOf } from "./export-terms.ts";
import type { Collected, ResourceMetricsLike } from "../points/types.ts";
import type { Collector } from "../sdk/provider.ts";
import { type ViewSource, viewsOf } from "../sdk/views.ts";
import type { AttachableReader, CollectOptions } from "../sdk/types.ts";
import type { OwnStreams, StreamSource } from "../points/streams.ts";
import { type CollectDecision, decide } from "./collect-decision.ts";
import type { RetryRule } from "./retry-rule.ts";
import type { ReaderView } from "./reader-view.ts";
import {
  type CollectionMark,
  CollectionOutcome,
  type NoteCollection,
  type ReaderDelivery,
} from "./collection-outcome.ts";

/** One attached reader. It decides what the reader's `collect` returns. */
export class AttachedReader {
  /** The running collections and exports. */
  readonly exports: ReaderExports;
  readonly #collect: AttachableReader["collect"];
  readonly #producers: ReaderProducers;
  readonly #context: ReaderContext;
  readonly #treatment: ReaderTreatment;
  readonly #own: OwnMetrics;
  readonly #unsent = new UnsentDeltas();
  readonly #outcome = new CollectionOutcome();
  readonly #status: ReaderStatus;
  readonly #outgoing: Outgoing;
  /** Resolves when the reader's own shutdown ends, even if it fails. Undefined before that begins. */
  ownEnd: Promise<void> | undefined;
  /** Whether the reader's own shutdown has begun, and whether it has ended. */
  #isEnding = false;
  #isOver = false;
  #isLetGo = false;
  #views: ViewSource | undefined;
  #ownMark: CollectionMark | undefined;
  /** The number of running collections that came through the reader's `collect`. */
  #passing = 0;

  constructor(reader: AttachableReader, context: ReaderContext, treatment: ReaderTreatment) {
    this.#collect = reader.collect.bind(reader);
    this.#producers = new ReaderProducers(reader, context.metricProducers);
    const ownMode = context.mode;
    this.#context = {
      ...context,
      mode: () => (this.#isLetGo ? "off" : (ownMode?.() ?? "on")),
    };
    this.#treatment = treatment;
    this.#views = context.views;
    this.#own = new OwnMetrics({ reader, views: () => this.#views }, context);
    this.exports = new ReaderExports(context.clock, {
      ended: (end, { restarts }) => {
        this.#status.ended(end);
        if (end.outcome === "success" && end.points.rejected === 0) this.#outcome.arrived(restarts);
      },
      kept: (scopes, why) => {
        this.#unsent.add(scopes);
        if (why !== "cut" && why !== "not_received") this.#context.onHeld(why);
      },
      lost: (scopes, { restarts }) => this.#outcome.lost(scopes, restarts),
    });
    this.#status = new ReaderStatus(this, this.#context, treatment);
    this.#outgoing = new Outgoing({
      ...{ context: this.#context, treatment, exports: this.exports, own: this.#own },
      ...{ unsent: this.#unsent, outcome: this.#outcome, status: this.#status },
    });
  }

  /** The status of the reader's exports. */
  get view(): ReaderView {
    return this.#status.view;
  }

  /** Whether nothing may be exported now. Never true for a pull reader without `hold`. */
  get isHeld(): boolean {
    const { kind } = this.#decision;
    return kind === "held" || kind === "nothing";
  }

  get isPush(): boolean {
    return this.#treatment.kind === "push";
  }

  /**
   * Whether we make the reader's last export. While readers are off the reader does it itself, and in
   * development mode there is none.
   */
  get hasEnd(): boolean {
    return this.isPush && !this.#isOver && modeOf(this.#context) === "on";
  }

  /** Whether the reader sends by itself, and may do so now. */
  get sends(): boolean {
    return this.isPush && modeOf(this.#context) !== "desk";
  }

  /** Whether we can see how its exports end. */
  get isReported(): boolean {
    return this.#outgoing.isReported;
  }

  /** The number of batches that are being exported. */
  get inFlight(): number {
    return this.exports.inFlight;
  }

  /** A mark of this moment. {@link deliverySince} takes it later. */
  get mark(): CollectionMark {
    return this.#outcome.mark;
  }

  /**
   * Returns the outcome of the collections since `mark`: that of the latest one, which includes the data of
   * the others.
   */
  deliverySince(mark: CollectionMark): ReaderDelivery {
    return { reader: this.#treatment.name, ...this.#outcome.since(mark) };
  }

  /** The outcome of the reader's own shutdown, if it has begun. */
  get ownDelivery(): ReaderDelivery | undefined {
    return this.#ownMark && this.deliverySince(this.#ownMark);
  }

  /** Replaces the reader's `collect`. */
  collect(options?: CollectOptions): Promise<Collected> {
    return this.#decided(() => this.#passed(options));
  }

  /** Adds the metrics of the producers to those of the SDK, unless readers are off. */
  #completed(collecting: Promise<Collected>, options?: CollectOptions): Promise<Collected> {
    if (modeOf(this.#context) === "off") return collecting;
    return this.#producers.complete(collecting, options);
  }

  /** Runs the reader's own collection, for which the collector below must not decide again. */
  async #passed(options?: CollectOptions): Promise<Collected> {
    this.#passing += 1;
    try {
      return await this.#completed(this.#collect(options), options);
    } finally {
      this.#passing -= 1;
    }
  }

  /**
   * Called when a MeterProvider has taken the reader, which collects through `collector`. Wrapping the
   * collector also covers a reader that stored its own `collect` before it was attached.
   */
  boundTo(collector: Collector): void {
    this.#views = this.#context.views ?? viewsOf(collector);
    this.#own.refresh();
    const collect = collector.collect.bind(collector);
    collector.collect = (options) =>
      this.#passing > 0
        ? collect(options)
        : this.#decided(() => this.#completed(collect(options), options));
  }

  /** Decides what to do with the result of `collect`. */
  #decided(collect: () => Promise<Collected>): Promise<Collected> {
    return this.exports.collecting(async () => {
      const startedAtMs = this.#context.clock.now();
      const note = this.#outcome.begin();
      try {
        return await this.#collectFrom(startedAtMs, collect, note);
      } catch (error) {
        note({ kind: "failed", error });
        this.#status.failed(error, startedAtMs);
        throw error;
      }
    });
  }

  /**
   * Returns the source for a reader that reads metrics in place.
   * @param collect the reader's current `collect`, which is our wrapper
   */
  streamSource(collect: AttachableReader["collect"]): StreamSource {
    const own = (): OwnStreams | undefined =>
      this.#outgoing.streams(this.#decision, (options) => this.#passed(options));
    return { collect, own };
  }

  /** Returns the permit of a batch that is exported unchanged. Only its resource identifies it. */
  plainPermit(batch: ResourceMetricsLike): ExportPermit | undefined {
    return this.#outgoing.plainPermit(batch);
  }

  /**
   * Repeats failed attempts by `rule` from now on. An export that only waits for its next attempt ends.
   * @returns a function that restores the rule, unless it was changed again
   */
  hurry(rule: RetryRule): () => void {
    const before = this.exports.retryRule;
    this.exports.retryRule = rule;
    this.exports.stopWaiting();
    return () => {
      if (this.exports.retryRule === rule) this.exports.retryRule = before;
    };
  }

  /** Cuts off running exports and prevents new ones. */
  close(): void {
    this.exports.close();
    this.#status.endWatch();
  }

  /** Makes the reader work as if it was not attached, because another Taskmon object still uses it. */
  letGo(): void {
    this.#isLetGo = true;
    this.exports.retryRule = "own";
    this.#status.endWatch();
  }

  /** Runs the reader's own shutdown and ends its status. */
  async endingWith(shutdown: () => Promise<void>): Promise<void> {
    this.#isEnding = true;
    if (this.hasEnd) this.#ownMark ??= this.mark;
    this.hurry("once");
    const own = (async (): Promise<void> => shutdown())();
    this.ownEnd ??= own.catch(() => undefined);
    try {
      await own;
    } finally {
      this.#isOver = true;
      this.#own.close();
      this.#status.end();
    }
  }

  async #collectFrom(
    startedAtMs: number,
    collect: () => Promise<Collected>,
    note: NoteCollection,
  ): Promise<Collected> {
    const { lease } = this.#context;
    const { isPush } = this;
    // The first heartbeat may still be running, and this may be the only export of a short-lived process.
    if (isPush && modeOf(this.#context) === "on" && lease.state === "unassigned") {
      await lease.settled();
    }
    // Do not collect what must not be exported, so that delta data stays in the SDK.
    const before = this.#decision;
    if (isPush && before.kind === "nothing") return without(NO_RESOURCE, []);
    if (isPush && before.kind === "held") {
      note({ kind: "held", reason: before.reason });
      return this.#outgoing.held(before.reason, NO_RESOURCE, []);
    }
    const collected = await collect();
    if (this.#decision.kind !== "plain") {
      await this.#outgoing.settle(collected.resourceMetrics.resource);
    }
    // The process may have been paused for a long time, so decide again.
    const decision = this.#decision;
    const result = this.#outgoing.of(collected, decision);
    if (decision.kind === "held") note({ kind: "held", reason: decision.reason });
    else if (decision.kind !== "nothing") note({ kind: "sent", batches: this.exports.latest });
    if (!isPush && decision.kind !== "held") this.#status.answered(result, startedAtMs);
    return result;
  }

  get #decision(): CollectDecision {
    const { lease, clock } = this.#context;
    const isLast = this.#isEnding || this.#context.isLast?.() === true;
    const standing = standingOf(lease, this.#context, clock, isLast);
    return decide(modeOf(this.#context), this.#treatment, standing, this.exports.isClosed);
  }
}
