import { BlindSpell } from "./blind-spell.ts";
import { type ExportPermit, grant, grantPlain } from "./export-permit.ts";
import { NO_RESOURCE, withMetrics, without, withScopes } from "./collected.ts";
import type { ReaderContext, ReaderTreatment } from "./context.ts";
import { ReaderStreams, type StreamOwner } from "./stream-restart.ts";
import { ReaderExports } from "./exports.ts";
import { type HoldReason, standingOf } from "./gate.ts";
import { OwnMetrics } from "./own-metrics.ts";
import { ReaderProducers } from "./producers.ts";
import { UnsentDeltas } from "./unsent-deltas.ts";
import { ReaderStatus } from "./reader-status.ts";
import { type SettledResource, StreamResource } from "./resource.ts";
import { modeOf, numberedTerms, plainTerms, unnumberedTerms } from "./export-terms.ts";
import type {
  Collected,
  ResourceLike,
  ResourceMetricsLike,
  ScopeMetricsLike,
} from "../points/types.ts";
import type { Collector } from "../sdk/provider.ts";
import { type ViewSource, viewsOf } from "../sdk/views.ts";
import type { AttachableReader, CollectOptions } from "../sdk/types.ts";
import type { OwnStreams, StreamSource } from "../points/streams.ts";
import { UnseenExporter } from "./unseen-exporter.ts";
import { type CollectDecision, decide } from "./collect-decision.ts";
import type { RetryRule } from "./retry-rule.ts";
import type { ReaderView } from "./reader-view.ts";
import {
  type CollectionMark,
  CollectionOutcome,
  type NoteCollection,
  type ReaderDelivery,
} from "./collection-outcome.ts";

/** One attached reader: decides what its `collect` returns. */
export class AttachedReader {
  /** What is under way. */
  readonly exports: ReaderExports;
  readonly #collect: AttachableReader["collect"];
  readonly #producers: ReaderProducers;
  readonly #context: ReaderContext;
  readonly #treatment: ReaderTreatment;
  readonly #resource: StreamResource;
  readonly #streams: ReaderStreams;
  readonly #own: OwnMetrics;
  readonly #unsent = new UnsentDeltas();
  readonly #outcome = new CollectionOutcome();
  readonly #blind: BlindSpell;
  readonly #status: ReaderStatus;
  readonly #unseen: UnseenExporter;
  /** Settles when the reader's own shutdown does, whatever comes of it; undefined before that begins. */
  ownEnd: Promise<void> | undefined;
  /** Whether the reader's own shutdown has begun, and whether it is done. */
  #isEnding = false;
  #isOver = false;
  #isLetGo = false;
  #views: ViewSource | undefined;
  #ownMark: CollectionMark | undefined;
  /** Collections under way that came by the reader's `collect`. */
  #passing = 0;
  #plain: { readonly resource: ResourceLike; readonly permit: ExportPermit } | undefined;

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
    this.#resource = new StreamResource(context.clock, context.target);
    this.#own = new OwnMetrics({ reader, views: () => this.#views }, context);
    this.#streams = new ReaderStreams({
      ...treatment,
      labelled: (scope, metric, attributes) => this.#own.labelled(scope, metric, attributes),
    });
    this.#blind = new BlindSpell(treatment.name, context.unnumberedHoldMs);
    this.#unseen = new UnseenExporter(treatment.name);
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
  }

  /** What is known of the reader's exports. */
  get view(): ReaderView {
    return this.#status.view;
  }

  /** Whether nothing may leave now. Never so for a pull reader that was not asked to hold. */
  get isHeld(): boolean {
    const { kind } = this.#decision;
    return kind === "held" || kind === "nothing";
  }

  get isPush(): boolean {
    return this.#treatment.kind === "push";
  }

  /** Whether its exports are for us to end: while off they are its own, and at a desk there are none. */
  get hasEnd(): boolean {
    return this.isPush && !this.#isOver && modeOf(this.#context) === "on";
  }

  /** Whether it sends by itself, and now. */
  get sends(): boolean {
    return this.isPush && modeOf(this.#context) !== "desk";
  }

  /** Whether the end of its exports is seen. */
  get isReported(): boolean {
    return this.#streams.reported;
  }

  /** Batches on their way. */
  get inFlight(): number {
    return this.exports.inFlight;
  }

  /** What is needed to tell later what became of the collections that begin from now on. */
  get mark(): CollectionMark {
    return this.#outcome.mark;
  }

  /** What became of the collections since the `mark`: of the latest one, which holds what they did. */
  deliverySince(mark: CollectionMark): ReaderDelivery {
    return { reader: this.#treatment.name, ...this.#outcome.since(mark) };
  }

  /** What became of the reader's own shutdown, if it has begun. */
  get ownDelivery(): ReaderDelivery | undefined {
    return this.#ownMark && this.deliverySince(this.#ownMark);
  }

  /** What the reader's `collect` returns. */
  collect(options?: CollectOptions): Promise<Collected> {
    return this.#decided(() => this.#passed(options));
  }

  /** What the SDK collects, and what producers have beside it, unless readers are as if not attached. */
  #completed(collecting: Promise<Collected>, options?: CollectOptions): Promise<Collected> {
    if (modeOf(this.#context) === "off") return collecting;
    return this.#producers.complete(collecting, options);
  }

  /** The reader's own collection, which is not decided upon once more below it. */
  async #passed(options?: CollectOptions): Promise<Collected> {
    this.#passing += 1;
    try {
      return await this.#completed(this.#collect(options), options);
    } finally {
      this.#passing -= 1;
    }
  }

  /**
   * A MeterProvider has taken the reader, which collects through `collector`. That sees the collections of
   * a reader that captured its own `collect` before it was attached.
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

  /** What becomes of what `collect` gives. */
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
   * What a reader that reads metrics where they are kept is answered with.
   * @param collect the reader's own as it is now, wrapped
   */
  streamSource(collect: AttachableReader["collect"]): StreamSource {
    return { collect, own: () => this.#ownStreams() };
  }

  /** Undefined where what leaves is not what is kept: it is held, or numbered anew, or not ours. */
  #ownStreams(): OwnStreams | undefined {
    const decision = this.#decision;
    if (decision.kind !== "answered" || this.#context.registry.form.instanceFollowsTask) {
      return undefined;
    }
    const startedAtMs = this.#context.clock.now();
    return {
      resource: (base = NO_RESOURCE) =>
        decision.atDesk ? this.#unnumbered(base) : this.#numbered(base),
      streams: this.#own.streams(),
      collect: async (options) => {
        const collected = await this.#passed(options);
        await this.#resource.settle(collected.resourceMetrics.resource);
        this.#status.answered(collected, startedAtMs);
        return collected;
      },
      others: (scopes) => this.#own.present(scopes),
    };
  }

  /** What a batch may do that leaves as it was collected, and of which that is all that is known. */
  plainPermit({ resource }: ResourceMetricsLike): ExportPermit | undefined {
    return this.#plain?.resource === resource ? this.#plain.permit : undefined;
  }

  /**
   * Repeats failed attempts by `rule` from now on; an export that only waits for its next attempt ends.
   * @returns a function that takes it back, unless another rule holds by then
   */
  hurry(rule: RetryRule): () => void {
    const before = this.exports.retryRule;
    this.exports.retryRule = rule;
    this.exports.stopWaiting();
    return () => {
      if (this.exports.retryRule === rule) this.exports.retryRule = before;
    };
  }

  /** Cuts off what is on its way, and lets nothing leave any more. */
  close(): void {
    this.exports.close();
    this.#status.endWatch();
  }

  /** Works as if it was not attached from now on, since others export through it whose end this is not. */
  letGo(): void {
    this.#isLetGo = true;
    this.exports.retryRule = "own";
    this.#status.endWatch();
  }

  /** Runs the reader's own shutdown, with which its status ends. */
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
    // The first heartbeat may be under way, and this the only export of a short-lived process.
    if (isPush && modeOf(this.#context) === "on" && lease.state === "unassigned") {
      await lease.settled();
    }
    // What does not leave is not collected either, so that delta data stays in the SDK.
    const before = this.#decision;
    if (isPush && before.kind === "nothing") return without(NO_RESOURCE, []);
    if (isPush && before.kind === "held") {
      note({ kind: "held", reason: before.reason });
      return this.#held(before.reason, NO_RESOURCE, []);
    }
    const collected = await collect();
    if (this.#decision.kind !== "plain") {
      await this.#resource.settle(collected.resourceMetrics.resource);
    }
    // The process may have been stopped meanwhile, for long.
    const decision = this.#decision;
    const result = this.#resultOf(collected, decision);
    if (decision.kind === "held") note({ kind: "held", reason: decision.reason });
    else if (decision.kind !== "nothing") note({ kind: "sent", batches: this.exports.latest });
    if (!isPush && decision.kind !== "held") this.#status.answered(result, startedAtMs);
    return result;
  }

  #resultOf(collected: Collected, decision: CollectDecision): Collected {
    if (decision.kind === "plain") return this.#asItIs(collected);
    const { resource } = collected.resourceMetrics;
    const scopes = this.#own.complete(collected.resourceMetrics.scopeMetrics);
    switch (decision.kind) {
      case "owned":
        return this.#owned(collected, scopes, decision.numbered);
      case "answered":
        return withMetrics(
          collected,
          decision.atDesk ? this.#unnumbered(resource) : this.#numbered(resource),
          this.#own.allLabelled(scopes),
        );
      case "nothing":
        this.#unsent.add(scopes);
        return without(resource, collected.errors);
      case "held": {
        this.#unsent.add(scopes);
        // What is scraped says at least what it is.
        const shown = this.isPush ? resource : this.#numbered(resource);
        return this.#held(decision.reason, shown, collected.errors);
      }
    }
  }

  /** As the SDK gave it, but for our own metrics; with what was held before. */
  #asItIs(collected: Collected): Collected {
    const { resource, scopeMetrics } = collected.resourceMetrics;
    const { own, others } = this.#own.apart(scopeMetrics);
    const { kind, hold } = this.#treatment;
    if (kind === "pull" && !hold) return withScopes(collected, others);
    this.#unsent.add(own);
    const scopes = this.#unsent.takeInto(others, (...metric) => !this.#own.isOwn(...metric));
    const result = withScopes(collected, scopes);
    const permit = this.exports.permit(
      this.#streams.exportPlain(scopes),
      plainTerms(this.#context, () => !this.#streams.isOwned),
      { restarts: this.#streams.restarts },
    );
    this.#plain = { resource, permit };
    grantPlain(result.resourceMetrics, permit);
    return result;
  }

  /** What was collected, as the streams of the number's holder or of the process itself. */
  #owned(collected: Collected, scopes: ScopeMetricsLike[], numbered: boolean): Collected {
    const { lease } = this.#context;
    const { resource: base } = collected.resourceMetrics;
    const shared = numbered ? this.#numbered(base) : this.#unnumbered(base);
    this.#blind.over(numbered ? lease.number : undefined);
    const owner = numbered ? this.#holder() : { key: JSON.stringify(lease.ownAttributes()) };
    if (this.isPush) this.#unseen.note(this.isReported);
    this.#plain = undefined;
    const collection = this.#streams.export(this.#unsent.takeInto(scopes), owner);
    this.#outcome.restarted(this.#streams.restarts);
    const terms = numbered
      ? numberedTerms(this.#context, () => this.#holder().key === owner.key)
      : unnumberedTerms(this.#context);
    // Its own object for each collection, by which the exporter's wrapper finds the permit.
    const resource = shared.copy();
    grant(resource, this.exports.permit(collection, terms, { restarts: this.#streams.restarts }));
    return withMetrics(collected, resource, collection.scopes);
  }

  #held(reason: HoldReason, resource: ResourceLike, errors: unknown[]): Collected {
    this.#status.held(reason);
    this.#blind.held(reason);
    return without(resource, errors);
  }

  get #decision(): CollectDecision {
    const { lease, clock } = this.#context;
    const isLast = this.#isEnding || this.#context.isLast?.() === true;
    const standing = standingOf(lease, this.#context, clock.now(), isLast);
    return decide(modeOf(this.#context), this.#treatment, standing, this.exports.isClosed);
  }

  #numbered(base: ResourceLike): SettledResource {
    const { lease } = this.#context;
    return this.#resource.of(base, lease.streamAttributes(), lease.volatileAttributes());
  }

  #unnumbered(base: ResourceLike): SettledResource {
    return this.#resource.of(base, this.#context.lease.ownAttributes(), []);
  }

  #holder(): StreamOwner {
    const { number, epoch, grantedAtMs } = this.#context.lease;
    // Another target may give the same number under the same epoch.
    return { key: `${number}/${epoch}/${grantedAtMs}`, grantedAtMs };
  }
}
