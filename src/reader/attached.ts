import type { Attributes } from "@opentelemetry/api";
import { createReporter } from "../shared/report.ts";
import { BlindSpell } from "./blind.ts";
import { type Clearance, clear } from "./clearance.ts";
import type { Collection } from "./deliveries.ts";
import { ReaderStreams, type StreamOwner } from "./epoch.ts";
import { type GatePolicy, type GateView, holdReason, type HoldReason, standingOf } from "./gate.ts";
import { OwnMetrics, type OwnMetricsContext } from "./own-metrics.ts";
import { CarriedDeltas } from "./points/carried.ts";
import { type SettledResource, StreamResource } from "./resource.ts";
import type {
  AttachableReader,
  Collected,
  CollectOptions,
  ResourceLike,
  ScopeMetricsLike,
} from "./types.ts";

/** What an attached reader asks about the lease. */
export interface ReaderLease extends GateView {
  readonly number: number | undefined;
  readonly epoch: number | undefined;
  /** The wall clock's time at which the number was granted, in milliseconds since the Unix epoch. */
  readonly grantedAtMs: number | undefined;
  /** Aborts when the number may no longer be relied on. */
  readonly signal: AbortSignal;
  /** The resource attributes that stand for the number; undefined while there is none. */
  streamAttributes(): Attributes | undefined;
  /** The resource attributes that must not stand beside those. */
  volatileAttributes(): readonly string[];
  /** The resource attributes that stand for the process itself. */
  ownAttributes(): Attributes;
  /** Settles when the heartbeat under way has its outcome. */
  settled(): Promise<void>;
}

/** What the attached readers of one Taskmon object share. */
export interface ReaderContext extends GatePolicy, OwnMetricsContext {
  readonly lease: ReaderLease;
  /** An export was held. */
  readonly onHeld: (reason: HoldReason) => void;
}

/** How one reader is treated. */
export interface ReaderTreatment {
  readonly kind: "push" | "pull";
  /** A pull reader answers without metrics while the number is not sure. */
  readonly hold: boolean;
  /** Whether its exports report their end. */
  readonly reported: boolean;
  readonly keepUpDownCounters: boolean;
}

/** What is known of one attached reader. */
export interface ReaderView {
  /** The name of its class. */
  readonly name: string;
  readonly kind: "push" | "pull";
  /**
   * How long ago the receiver took an export, or a scrape was answered; undefined before the first, and
   * of a push reader whose exporter was not found.
   */
  readonly lastSuccessAgeMs: number | undefined;
}

/** One attached reader: decides what its `collect` returns. */
export class AttachedReader {
  readonly #collect: AttachableReader["collect"];
  readonly #context: ReaderContext;
  readonly #treatment: ReaderTreatment;
  readonly #resource: StreamResource;
  readonly #streams: ReaderStreams;
  readonly #own: OwnMetrics;
  readonly #carried = new CarriedDeltas();
  readonly #blind: BlindSpell;
  readonly #name: string;
  readonly #report = createReporter("reader");
  #exports = 0;
  #lastSuccessMs: number | undefined;

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
    this.#name = reader.constructor.name;
    this.#blind = new BlindSpell(this.#name, context.unnumberedHoldMs);
  }

  /** What is known of the reader's exports. */
  get view(): ReaderView {
    const { clock } = this.#context;
    const lastSuccessAgeMs =
      this.#lastSuccessMs === undefined ? undefined : clock.now() - this.#lastSuccessMs;
    return { name: this.#name, kind: this.#treatment.kind, lastSuccessAgeMs };
  }

  /** Whether nothing may leave now. Never so for a pull reader that was not asked to hold. */
  get isHeld(): boolean {
    const { kind, hold } = this.#treatment;
    const standing = this.#standing().kind;
    return kind === "push" ? standing === "held" : hold && standing !== "numbered";
  }

  /** What the reader's `collect` returns. */
  collect(options?: CollectOptions): Promise<Collected> {
    const { kind, hold } = this.#treatment;
    if (kind === "push") return this.#collectToPush(options);
    return hold ? this.#collectToAnswer(options) : this.#collectAlways(options);
  }

  /** Held while the number is not sure; then collects nothing, so that delta data stays in the SDK. */
  async #collectToPush(options: CollectOptions | undefined): Promise<Collected> {
    const { lease } = this.#context;
    // The first heartbeat may be under way, and this the only export of a short-lived process.
    if (lease.state === "unassigned") await lease.settled();
    const before = this.#standing();
    if (before.kind === "held") return this.#held(before.reason, NO_RESOURCE, []);
    const collected = await this.#collectSettled(options);
    const { resource } = collected.resourceMetrics;
    // The process may have been stopped meanwhile, for long.
    const now = this.#standing();
    if (now.kind !== "held") return this.#owned(collected, now.kind === "numbered");
    this.#carried.add(collected.resourceMetrics.scopeMetrics);
    return this.#held(now.reason, resource, collected.errors);
  }

  /** Answers with what identifies the process alone while the number is not sure. */
  async #collectToAnswer(options: CollectOptions | undefined): Promise<Collected> {
    const collected = await this.#collectSettled(options);
    const standing = this.#standing();
    if (standing.kind === "numbered") {
      this.#succeeded();
      return this.#owned(collected, true);
    }
    this.#carried.add(collected.resourceMetrics.scopeMetrics);
    const reason = standing.kind === "held" ? standing.reason : "no_number";
    const resource = this.#numbered(collected.resourceMetrics.resource);
    return this.#held(reason, resource, collected.errors);
  }

  /** Answers with everything, under the number if there is one. */
  async #collectAlways(options: CollectOptions | undefined): Promise<Collected> {
    const collected = await this.#collectSettled(options);
    const { resource, scopeMetrics } = collected.resourceMetrics;
    this.#succeeded();
    return withMetrics(collected, this.#numbered(resource), this.#labelled(scopeMetrics));
  }

  async #collectSettled(options: CollectOptions | undefined): Promise<Collected> {
    const collected = await this.#collect(options);
    const { resource, scopeMetrics } = collected.resourceMetrics;
    await this.#resource.settle(resource);
    return withMetrics(collected, resource, this.#own.complete(scopeMetrics));
  }

  /** The same with the label that follows the task number. */
  #labelled(scopes: readonly ScopeMetricsLike[]): readonly ScopeMetricsLike[] {
    if (!this.#context.registry.form.instanceFollowsTask) return scopes;
    return scopes.map(({ scope, metrics }) => ({
      scope,
      metrics: metrics.map((metric) => ({
        ...metric,
        dataPoints: metric.dataPoints.map((point) => ({
          ...point,
          attributes: this.#own.labelled(scope, metric, point.attributes),
        })),
      })),
    }));
  }

  /** What was collected, as the streams of the number's holder or of the process itself. */
  #owned(collected: Collected, numbered: boolean): Collected {
    const { lease } = this.#context;
    const { resource: base, scopeMetrics } = collected.resourceMetrics;
    const shared = numbered
      ? this.#numbered(base)
      : this.#resource.of(base, lease.ownAttributes(), []);
    this.#blind.over(numbered ? lease.number : undefined);
    const owner = numbered ? this.#holder() : { key: JSON.stringify(lease.ownAttributes()) };
    this.#checkExporter();
    const collection = this.#streams.export(this.#carried.takeInto(scopeMetrics), owner);
    // Its own object for each collection, by which the exporter's wrapper finds the clearance.
    const resource = shared.copy();
    clear(resource, this.#clearance(collection, numbered ? owner.key : undefined));
    return withMetrics(collected, resource, collection.scopes);
  }

  /** By its second export a push reader has shown whether its exporter asks the gate. */
  #checkExporter(): void {
    this.#exports += 1;
    if (this.#treatment.kind === "pull" || this.#exports < 2 || this.#streams.reported) return;
    this.#report.warnOnce(
      "exporter",
      `The exporter of ${this.#name} was not found, so the gate is asked when it collects, but not ` +
        "before each attempt to send; give the reader taskmon.gateExporter(exporter)",
    );
  }

  #held(reason: HoldReason, resource: ResourceLike, errors: unknown[]): Collected {
    this.#context.onHeld(reason);
    this.#blind.held(reason);
    return { resourceMetrics: { resource, scopeMetrics: [] }, errors };
  }

  #clearance(collection: Collection, numberKey: string | undefined): Clearance {
    const { lease, exportTimeoutMs, onHeld } = this.#context;
    const numbered = numberKey !== undefined;
    return {
      signal: numbered ? lease.signal : undefined,
      exportTimeoutMs: numbered ? exportTimeoutMs : Infinity,
      refusal: (marginMs) => {
        if (!numbered) return undefined;
        const reason = holdReason(lease, marginMs);
        return reason ?? (this.#holder().key === numberKey ? undefined : "renumbered");
      },
      handed: (batch) => collection.handed(batch),
      ended: (batch, fate, stopped) => {
        if (fate === "received") this.#succeeded();
        if (fate !== "not_received") return;
        collection.notReceived(batch);
        // What the receiver refuses is not sent again and again; what the gate kept back is.
        if (stopped === undefined) return;
        this.#carried.add(batch.scopeMetrics);
        if (stopped !== "cut") onHeld(stopped);
      },
    };
  }

  #succeeded(): void {
    this.#lastSuccessMs = this.#context.clock.now();
  }

  #standing(): ReturnType<typeof standingOf> {
    const { lease, clock } = this.#context;
    return standingOf(lease, this.#context, clock.now());
  }

  #numbered(base: ResourceLike): SettledResource {
    const { lease } = this.#context;
    return this.#resource.of(base, lease.streamAttributes(), lease.volatileAttributes());
  }

  #holder(): StreamOwner {
    const { number, epoch, grantedAtMs } = this.#context.lease;
    return { key: `${number}/${epoch}`, grantedAtMs };
  }
}

/** A periodic reader skips the export of it. */
const NO_RESOURCE: ResourceLike = { attributes: {}, asyncAttributesPending: false };

function withMetrics(
  collected: Collected,
  resource: ResourceLike,
  scopeMetrics: readonly ScopeMetricsLike[],
): Collected {
  return {
    ...collected,
    resourceMetrics: { ...collected.resourceMetrics, resource, scopeMetrics: [...scopeMetrics] },
  };
}
