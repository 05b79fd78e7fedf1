import { BlindSpell } from "./blind.ts";
import { clear, type Clearance, clearPlain } from "./clearance.ts";
import { NO_RESOURCE, withMetrics, without, withScopes } from "./collected.ts";
import type { ReaderContext, ReaderTreatment } from "./context.ts";
import { ReaderStreams, type StreamOwner } from "./epoch.ts";
import { ReaderExports } from "./exports.ts";
import { type HoldReason, standingOf } from "./gate.ts";
import { OwnMetrics } from "./own-metrics.ts";
import { CarriedDeltas } from "./points/carried.ts";
import { ReaderRecord } from "./record.ts";
import { type SettledResource, StreamResource } from "./resource.ts";
import { modeOf, numberedTerms, plainTerms, unnumberedTerms } from "./terms.ts";
import type {
  AttachableReader,
  Collected,
  CollectOptions,
  ResourceLike,
  ResourceMetricsLike,
  ScopeMetricsLike,
} from "./types.ts";
import { UnseenExporter } from "./unseen.ts";
import { type Verdict, verdictOf } from "./verdict.ts";
import type { ReaderView } from "./view.ts";

/** One attached reader: decides what its `collect` returns. */
export class AttachedReader {
  /** What is under way. */
  readonly exports: ReaderExports;
  readonly #collect: AttachableReader["collect"];
  readonly #context: ReaderContext;
  readonly #treatment: ReaderTreatment;
  readonly #resource: StreamResource;
  readonly #streams: ReaderStreams;
  readonly #own: OwnMetrics;
  readonly #carried = new CarriedDeltas();
  readonly #blind: BlindSpell;
  readonly #record: ReaderRecord;
  readonly #unseen: UnseenExporter;
  /** Settles when the reader's own shutdown does, whatever comes of it; undefined before that begins. */
  ownEnd: Promise<void> | undefined;
  /** Whether the reader's own shutdown has begun, and whether it is done. */
  #isEnding = false;
  #isOver = false;
  #plain: { readonly resource: ResourceLike; readonly clearance: Clearance } | undefined;

  constructor(reader: AttachableReader, context: ReaderContext, treatment: ReaderTreatment) {
    this.#collect = reader.collect.bind(reader);
    this.#context = context;
    this.#treatment = treatment;
    this.#resource = new StreamResource(context.clock);
    this.#own = new OwnMetrics(reader, context);
    this.#streams = new ReaderStreams({
      ...treatment,
      labelled: (scope, metric, attributes) => this.#own.labelled(scope, metric, attributes),
    });
    this.#blind = new BlindSpell(treatment.name, context.unnumberedHoldMs);
    this.#unseen = new UnseenExporter(treatment.name);
    this.exports = new ReaderExports(context.clock, {
      ended: (end) => this.#record.ended(end),
      kept: (scopes, why) => {
        this.#carried.add(scopes);
        if (why !== "cut") this.#context.onHeld(why);
      },
    });
    this.#record = new ReaderRecord(this, context, treatment);
  }

  /** What is known of the reader's exports. */
  get view(): ReaderView {
    return this.#record.view;
  }

  /** Whether nothing may leave now. Never so for a pull reader that was not asked to hold. */
  get isHeld(): boolean {
    const { kind } = this.#verdict;
    return kind === "held" || kind === "nothing";
  }

  get isPush(): boolean {
    return this.#treatment.kind === "push";
  }

  /** Whether its exports are for us to end: while off they are its own. */
  get hasEnd(): boolean {
    return this.isPush && !this.#isOver && modeOf(this.#context) !== "off";
  }

  /** Whether the end of its exports is seen. */
  get isReported(): boolean {
    return this.#streams.reported;
  }

  /** Batches on their way. */
  get inFlight(): number {
    return this.exports.inFlight;
  }

  /** What the reader's `collect` returns. */
  collect(options?: CollectOptions): Promise<Collected> {
    return this.exports.collecting(async () => {
      const startedAtMs = this.#context.clock.now();
      try {
        return await this.#collectFrom(startedAtMs, options);
      } catch (error) {
        this.#record.failed(error, startedAtMs);
        throw error;
      }
    });
  }

  /** What a batch may do that leaves as it was collected, and of which that is all that is known. */
  plainClearance({ resource }: ResourceMetricsLike): Clearance | undefined {
    return this.#plain?.resource === resource ? this.#plain.clearance : undefined;
  }

  /** Cuts off what is on its way, and lets nothing leave any more. */
  close(): void {
    this.exports.close();
    this.#record.endWatch();
  }

  /** Runs the reader's own shutdown, with which its record ends. */
  async endingWith(shutdown: () => Promise<void>): Promise<void> {
    this.#isEnding = true;
    const own = (async (): Promise<void> => shutdown())();
    this.ownEnd ??= own.catch(() => undefined);
    try {
      await own;
    } finally {
      this.#isOver = true;
      this.#record.end();
    }
  }

  async #collectFrom(startedAtMs: number, options?: CollectOptions): Promise<Collected> {
    const { lease } = this.#context;
    const { isPush } = this;
    // The first heartbeat may be under way, and this the only export of a short-lived process.
    if (isPush && modeOf(this.#context) === "on" && lease.state === "unassigned") {
      await lease.settled();
    }
    // What does not leave is not collected either, so that delta data stays in the SDK.
    const before = this.#verdict;
    if (isPush && before.kind === "nothing") return without(NO_RESOURCE, []);
    if (isPush && before.kind === "held") return this.#held(before.reason, NO_RESOURCE, []);
    const collected = await this.#collect(options);
    if (this.#verdict.kind !== "plain") {
      await this.#resource.settle(collected.resourceMetrics.resource);
    }
    // The process may have been stopped meanwhile, for long.
    const verdict = this.#verdict;
    const result = this.#resultOf(collected, verdict);
    if (!isPush && verdict.kind !== "held") this.#record.answered(result, startedAtMs);
    return result;
  }

  #resultOf(collected: Collected, verdict: Verdict): Collected {
    if (verdict.kind === "plain") return this.#asItIs(collected);
    const { resource } = collected.resourceMetrics;
    const scopes = this.#own.complete(collected.resourceMetrics.scopeMetrics);
    switch (verdict.kind) {
      case "owned":
        return this.#owned(collected, scopes, verdict.numbered);
      case "answered":
        return withMetrics(
          collected,
          verdict.atDesk ? this.#unnumbered(resource) : this.#numbered(resource),
          this.#own.allLabelled(scopes),
        );
      case "nothing":
        this.#carried.add(scopes);
        return without(resource, collected.errors);
      case "held": {
        this.#carried.add(scopes);
        // What is scraped says at least what it is.
        const shown = this.isPush ? resource : this.#numbered(resource);
        return this.#held(verdict.reason, shown, collected.errors);
      }
    }
  }

  /** As the SDK gave it, but for our own metrics; with what was held before. */
  #asItIs(collected: Collected): Collected {
    const { resource, scopeMetrics } = collected.resourceMetrics;
    const { own, others } = this.#own.apart(scopeMetrics);
    const { kind, hold } = this.#treatment;
    if (kind === "pull" && !hold) return withScopes(collected, others);
    this.#carried.add(own);
    const scopes = this.#carried.takeInto(others, (...metric) => !this.#own.isOwn(...metric));
    const result = withScopes(collected, scopes);
    const clearance = this.exports.clearance(
      this.#streams.exportPlain(scopes),
      plainTerms(this.#context, () => !this.#streams.isOwned),
    );
    this.#plain = { resource, clearance };
    clearPlain(result.resourceMetrics, clearance);
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
    const collection = this.#streams.export(this.#carried.takeInto(scopes), owner);
    const terms = numbered
      ? numberedTerms(this.#context, () => this.#holder().key === owner.key)
      : unnumberedTerms(this.#context);
    // Its own object for each collection, by which the exporter's wrapper finds the clearance.
    const resource = shared.copy();
    clear(resource, this.exports.clearance(collection, terms));
    return withMetrics(collected, resource, collection.scopes);
  }

  #held(reason: HoldReason, resource: ResourceLike, errors: unknown[]): Collected {
    this.#record.held(reason);
    this.#blind.held(reason);
    return without(resource, errors);
  }

  get #verdict(): Verdict {
    const { lease, clock } = this.#context;
    const isLast = this.#isEnding || this.#context.isLast?.() === true;
    const standing = standingOf(lease, this.#context, clock.now(), isLast);
    return verdictOf(modeOf(this.#context), this.#treatment, standing, this.exports.isClosed);
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
    return { key: `${number}/${epoch}`, grantedAtMs };
  }
}
