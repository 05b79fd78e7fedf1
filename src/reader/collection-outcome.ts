import { pointsOf } from "../points/count.ts";
import { CUMULATIVE, DELTA, GAUGE, type ScopeMetricsLike } from "../points/types.ts";
import type { ExportBatches } from "./export-batches.ts";
import { failureText } from "./export-figures.ts";
import type { HoldReason } from "./gate.ts";

/** What became of what a push reader had to export. */
export interface ReaderDelivery {
  /** The reader's name. */
  readonly reader: string;
  /**
   * `delivered`: the receiver has all of it. `failed`: it has not, or rejected some of it. `held`: the gate
   * kept it back. `unknown`: nobody saw how the export ended.
   */
  readonly outcome: "delivered" | "failed" | "held" | "unknown";
  /** Why it is not delivered. */
  readonly error?: string;
  /**
   * Data points of earlier exports that did not arrive, or of which nobody knows, and that no later export
   * has: of delta streams, and of cumulative ones that began again since, as at a new number.
   */
  readonly pointsLost: number;
}

/** Says in one line what is missing of what a reader had since it was attached; undefined if nothing is. */
export function missingOf({
  reader,
  outcome,
  error,
  pointsLost,
}: ReaderDelivery): string | undefined {
  switch (outcome) {
    case "delivered":
      if (pointsLost === 0) return undefined;
      return `${pointsLost} data points of earlier exports of ${reader} did not arrive`;
    case "failed":
      return `The export of ${reader} did not arrive: ${error}`;
    case "held":
      return `Nothing left by ${reader}: ${error}`;
    case "unknown":
      return `Nobody knows whether the export of ${reader} arrived: ${error}`;
  }
}

/** Stands for a moment between two collections. */
export interface CollectionMark {
  readonly collections: number;
  readonly pointsLost: number;
}

/** What a collection came to. */
export type CollectionEnd =
  | { readonly kind: "held"; readonly reason: HoldReason }
  /** It may leave; what comes of that is seen in `batches`, if at all. */
  | { readonly kind: "sent"; readonly batches: ExportBatches | undefined }
  | { readonly kind: "failed"; readonly error: unknown };

/** Notes what a collection that began came to. */
export type NoteCollection = (end: CollectionEnd) => void;

/** Knows what became of the latest collection of one reader, and what was lost before. */
export class CollectionOutcome {
  #collections = 0;
  #latest: { readonly number: number; readonly end: CollectionEnd } | undefined;
  #pointsLost = 0;
  /** Cumulative points of which nobody knows whether they arrived, and that no later export had. */
  #pointsUnsure = 0;
  #restarts = 0;

  get mark(): CollectionMark {
    return { collections: this.#collections, pointsLost: this.#pointsLost };
  }

  /** A collection begins. */
  begin(): NoteCollection {
    const number = ++this.#collections;
    return (end) => {
      if (this.#latest === undefined || this.#latest.number <= number)
        this.#latest = { number, end };
    };
  }

  /** The cumulative streams begin again, as often as that now: what may be missing of them is lost. */
  restarted(restarts: number): void {
    if (restarts === this.#restarts) return;
    this.#restarts = restarts;
    this.#pointsLost += this.#pointsUnsure;
    this.#pointsUnsure = 0;
  }

  /**
   * These did not arrive, or nobody knows, and are not sent again. What is cumulative is in the next export,
   * as long as its streams do not begin again from where the receiver may have got to.
   * @param restarts of the streams that they are of
   */
  lost(scopes: readonly ScopeMetricsLike[], restarts: number): void {
    this.#pointsLost += pointsOf(only(scopes, DELTA));
    const points = pointsOf(only(scopes, CUMULATIVE));
    if (restarts === this.#restarts) this.#pointsUnsure += points;
    else this.#pointsLost += points;
  }

  /** An export arrived whole. */
  arrived(restarts: number): void {
    if (restarts === this.#restarts) this.#pointsUnsure = 0;
  }

  /**
   * What became of the collections that began after `mark`: of the latest, in which all is that they had,
   * but for what was lost of delta streams.
   */
  since(mark: CollectionMark): Omit<ReaderDelivery, "reader"> {
    const pointsLost = this.#pointsLost;
    if (this.#latest === undefined || this.#latest.number <= mark.collections) {
      return { outcome: "unknown", error: "nothing was collected", pointsLost };
    }
    const delivery = outcomeOf(this.#latest.end);
    const lostNow = pointsLost - mark.pointsLost;
    if (delivery.outcome !== "delivered" || lostNow === 0) return { ...delivery, pointsLost };
    return { outcome: "failed", error: `${lostNow} data points did not arrive`, pointsLost };
  }
}

function outcomeOf(end: CollectionEnd): Pick<ReaderDelivery, "outcome" | "error"> {
  if (end.kind === "held") return { outcome: "held", error: `the export was held: ${end.reason}` };
  if (end.kind === "failed") return { outcome: "failed", error: failureText(end.error) };
  if (end.batches?.isEmpty === true) return { outcome: "delivered" };
  const result = end.batches?.result;
  if (result === undefined) {
    return { outcome: "unknown", error: "the exporter did not say how the export ended" };
  }
  if (result.outcome === "held") {
    return { outcome: "held", error: `the export was held: ${failureText(result.error)}` };
  }
  if (result.outcome === "failure") {
    return { outcome: "failed", error: failureText(result.error) };
  }
  const { rejected } = result.points;
  if (rejected === 0) return { outcome: "delivered" };
  return { outcome: "failed", error: `the receiver rejected ${rejected} data points` };
}

/** The sums and histograms of this temporality. */
function only(scopes: readonly ScopeMetricsLike[], temporality: number): ScopeMetricsLike[] {
  return scopes.map(({ scope, metrics }) => ({
    scope,
    metrics: metrics.filter(
      ({ aggregationTemporality, dataPointType }) =>
        aggregationTemporality === temporality && dataPointType !== GAUGE,
    ),
  }));
}
