import type {
  Collected,
  ResourceLike,
  ResourceMetricsLike,
  ScopeMetricsLike,
} from "../points/types.ts";
import type { OwnStreams } from "../points/streams.ts";
import type { CollectOptions } from "../sdk/types.ts";
import { BlindSpell } from "./blind-spell.ts";
import type { CollectDecision } from "./collect-decision.ts";
import { NO_RESOURCE, withMetrics, without, withScopes } from "./collected.ts";
import type { CollectionOutcome } from "./collection-outcome.ts";
import type { ReaderContext, ReaderTreatment } from "./context.ts";
import { type ExportPermit, grant, grantPlain } from "./export-permit.ts";
import { numberedTerms, plainTerms, unnumberedTerms } from "./export-terms.ts";
import type { ReaderExports } from "./exports.ts";
import type { HoldReason } from "./gate.ts";
import type { OwnMetrics } from "./own-metrics.ts";
import type { ReaderStatus } from "./reader-status.ts";
import { type SettledResource, StreamResource } from "./resource.ts";
import { ReaderStreams, type StreamOwner } from "./stream-restart.ts";
import type { UnsentDeltas } from "./unsent-deltas.ts";
import { UnseenExporter } from "./unseen-exporter.ts";

/** What is needed to make a reader's exported data. */
export interface OutgoingParts {
  readonly context: ReaderContext;
  readonly treatment: ReaderTreatment;
  readonly exports: ReaderExports;
  readonly own: OwnMetrics;
  readonly unsent: UnsentDeltas;
  readonly outcome: CollectionOutcome;
  readonly status: ReaderStatus;
}

/**
 * Turns a reader's collection into the data to export: under the number or the process's own identity, with
 * the data that was held before, and with a permit that is asked again before each attempt to send.
 */
export class Outgoing {
  readonly #parts: OutgoingParts;
  readonly #context: ReaderContext;
  readonly #treatment: ReaderTreatment;
  readonly #unsent: UnsentDeltas;
  readonly #resource: StreamResource;
  readonly #streams: ReaderStreams;
  readonly #blind: BlindSpell;
  readonly #unseen: UnseenExporter;
  #plain: { readonly resource: ResourceLike; readonly permit: ExportPermit } | undefined;

  constructor(parts: OutgoingParts) {
    const { context, treatment, own } = parts;
    this.#parts = parts;
    this.#context = context;
    this.#treatment = treatment;
    this.#unsent = parts.unsent;
    this.#resource = new StreamResource(context.clock, context.target);
    this.#streams = new ReaderStreams({
      ...treatment,
      labelled: (scope, metric, attributes) => own.labelled(scope, metric, attributes),
    });
    this.#blind = new BlindSpell(treatment.name, context.unnumberedHoldMs);
    this.#unseen = new UnseenExporter(treatment.name);
  }

  /** Whether we can see how its exports end. */
  get isReported(): boolean {
    return this.#streams.reported;
  }

  /** Waits, with a time limit, for the pending attributes of a resource. */
  settle(resource: ResourceLike): Promise<void> {
    return this.#resource.settle(resource);
  }

  /** Returns the permit of a batch that is exported unchanged. Only its resource identifies it. */
  plainPermit({ resource }: ResourceMetricsLike): ExportPermit | undefined {
    return this.#plain?.resource === resource ? this.#plain.permit : undefined;
  }

  /** Returns the data to export. */
  of(collected: Collected, decision: CollectDecision): Collected {
    if (decision.kind === "plain") return this.#asItIs(collected);
    const { resource } = collected.resourceMetrics;
    const scopes = this.#parts.own.complete(collected.resourceMetrics.scopeMetrics);
    switch (decision.kind) {
      case "owned":
        return this.#owned(collected, scopes, decision.numbered);
      case "answered":
        return withMetrics(
          collected,
          decision.atDesk ? this.#unnumbered(resource) : this.#numbered(resource),
          this.#parts.own.allLabelled(scopes),
        );
      case "nothing":
        this.#unsent.add(scopes);
        return without(resource, collected.errors);
      case "held": {
        this.#unsent.add(scopes);
        // An answer to a scrape at least shows its identity.
        const shown = this.#isPush ? resource : this.#numbered(resource);
        return this.held(decision.reason, shown, collected.errors);
      }
    }
  }

  /** Returns the SDK's data unchanged, without our own metrics, and with the data that was held before. */
  #asItIs(collected: Collected): Collected {
    const { resource, scopeMetrics } = collected.resourceMetrics;
    const { own, others } = this.#parts.own.apart(scopeMetrics);
    const { kind, hold } = this.#treatment;
    if (kind === "pull" && !hold) return withScopes(collected, others);
    this.#unsent.add(own);
    const scopes = this.#unsent.takeInto(others, (...metric) => !this.#parts.own.isOwn(...metric));
    const result = withScopes(collected, scopes);
    const permit = this.#parts.exports.permit(
      this.#streams.exportPlain(scopes),
      plainTerms(this.#context, () => !this.#streams.isOwned),
      { restarts: this.#streams.restarts },
    );
    this.#plain = { resource, permit };
    grantPlain(result.resourceMetrics, permit);
    return result;
  }

  /** Returns the collected data as streams of the number's holder or of the process itself. */
  #owned(collected: Collected, scopes: ScopeMetricsLike[], numbered: boolean): Collected {
    const { lease } = this.#context;
    const { resource: base } = collected.resourceMetrics;
    const shared = numbered ? this.#numbered(base) : this.#unnumbered(base);
    this.#blind.over(numbered ? lease.number : undefined);
    const owner = numbered ? this.#holder() : { key: JSON.stringify(lease.ownAttributes()) };
    if (this.#isPush) this.#unseen.note(this.isReported);
    this.#plain = undefined;
    const collection = this.#streams.export(this.#unsent.takeInto(scopes), owner);
    this.#parts.outcome.restarted(this.#streams.restarts);
    const terms = numbered
      ? numberedTerms(this.#context, () => this.#holder().key === owner.key)
      : unnumberedTerms(this.#context);
    // Each collection gets an object of its own, by which the exporter's wrapper finds the permit.
    const resource = shared.copy();
    grant(
      resource,
      this.#parts.exports.permit(collection, terms, { restarts: this.#streams.restarts }),
    );
    return withMetrics(collected, resource, collection.scopes);
  }

  /**
   * The same for a reader that reads metrics in place. Undefined if the exported data differs from the stored
   * data: if it is held, gets other labels, or is not ours.
   * @param collect the reader's own collection
   */
  streams(
    decision: CollectDecision,
    collect: (options?: CollectOptions) => Promise<Collected>,
  ): OwnStreams | undefined {
    const { own, status } = this.#parts;
    const { clock, registry } = this.#context;
    if (decision.kind !== "answered" || registry.form.instanceFollowsTask) return undefined;
    const startedAtMs = clock.now();
    return {
      resource: (base = NO_RESOURCE) =>
        decision.atDesk ? this.#unnumbered(base) : this.#numbered(base),
      streams: own.streams(),
      collect: async (options) => {
        const collected = await collect(options);
        await this.#resource.settle(collected.resourceMetrics.resource);
        status.answered(collected, startedAtMs);
        return collected;
      },
      others: (scopes) => own.present(scopes),
    };
  }

  /** Notes that an export is held, and returns an empty collection. */
  held(reason: HoldReason, resource: ResourceLike, errors: unknown[]): Collected {
    this.#parts.status.held(reason);
    this.#blind.held(reason);
    return without(resource, errors);
  }

  /** Returns the resource with the number. */
  #numbered(base: ResourceLike): SettledResource {
    const { lease } = this.#context;
    return this.#resource.of(base, lease.streamAttributes(), lease.volatileAttributes());
  }

  /** Returns the resource of the process itself. */
  #unnumbered(base: ResourceLike): SettledResource {
    return this.#resource.of(base, this.#context.lease.ownAttributes(), []);
  }

  #holder(): StreamOwner {
    const { number, epoch, grantedAtMs } = this.#context.lease;
    // With another target, number and epoch may be the same.
    return { key: `${number}/${epoch}/${grantedAtMs}`, grantedAtMs };
  }

  get #isPush(): boolean {
    return this.#treatment.kind === "push";
  }
}
