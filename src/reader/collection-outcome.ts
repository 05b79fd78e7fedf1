import { pointsOf } from "../points/count.ts";
import { CUMULATIVE, DELTA, GAUGE, type ScopeMetricsLike } from "../points/types.ts";
import type { ExportBatches } from "./export-batches.ts";
import { failureText } from "./export-figures.ts";
import type { HoldReason } from "./gate.ts";

/** The outcome of a push reader's export. */
export interface ReaderDelivery {
  /** The reader's name. */
  readonly reader: string;
  /**
   * `delivered`: the receiver has all data. `failed`: it did not get the data, or rejected some of it.
   * `held`: the gate held it. `unknown`: the end of the export was not seen.
   */
  readonly outcome: "delivered" | "failed" | "held" | "unknown";
  /** Why the data was not delivered. */
  readonly error?: string;
  /**
   * The number of data points of earlier exports that did not arrive, or whose outcome is unknown, and that
   * no later export contains. They are from delta streams, or from cumulative streams that were restarted
   * since, for example at a new number.
   */
  readonly pointsLost: number;
}

/** Returns a line about the data of a reader that is missing, or undefined if nothing is missing. */
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
      return `${reader} exported nothing: ${error}`;
    case "unknown":
      return `It is unknown whether the export of ${reader} arrived: ${error}`;
  }
}

/** A moment between two collections. */
export interface CollectionMark {
  readonly collections: number;
  readonly pointsLost: number;
}

/** The end of a collection. */
export type CollectionEnd =
  | { readonly kind: "held"; readonly reason: HoldReason }
  /** It may be exported. `batches` has the outcome, if it can be seen. */
  | { readonly kind: "sent"; readonly batches: ExportBatches | undefined }
  | { readonly kind: "failed"; readonly error: unknown };

/** Notes the end of a collection. */
export type NoteCollection = (end: CollectionEnd) => void;

/** Tracks the outcome of the latest collection of one reader, and what was lost before. */
export class CollectionOutcome {
  #collections = 0;
  #latest: { readonly number: number; readonly end: CollectionEnd } | undefined;
  #pointsLost = 0;
  /** The number of cumulative points whose outcome is unknown, and that no later export contained. */
  #pointsUnsure = 0;
  #restarts = 0;

  get mark(): CollectionMark {
    return { collections: this.#collections, pointsLost: this.#pointsLost };
  }

  /** Notes the start of a collection. */
  begin(): NoteCollection {
    const number = ++this.#collections;
    return (end) => {
      if (this.#latest === undefined || this.#latest.number <= number)
        this.#latest = { number, end };
    };
  }

  /**
   * Notes how often the cumulative streams were restarted. At a restart, points whose outcome is unknown are
   * lost.
   */
  restarted(restarts: number): void {
    if (restarts === this.#restarts) return;
    this.#restarts = restarts;
    this.#pointsLost += this.#pointsUnsure;
    this.#pointsUnsure = 0;
  }

  /**
   * Notes points that did not arrive, or whose outcome is unknown, and that are not sent again. Cumulative
   * data is in the next export, unless its streams are restarted before that.
   * @param restarts how often the streams of these points had been restarted
   */
  lost(scopes: readonly ScopeMetricsLike[], restarts: number): void {
    this.#pointsLost += pointsOf(only(scopes, DELTA));
    const points = pointsOf(only(scopes, CUMULATIVE));
    if (restarts === this.#restarts) this.#pointsUnsure += points;
    else this.#pointsLost += points;
  }

  /** Notes that an export arrived completely. */
  arrived(restarts: number): void {
    if (restarts === this.#restarts) this.#pointsUnsure = 0;
  }

  /**
   * Returns the outcome of the collections since `mark`: that of the latest one, which contains all their
   * data except lost delta points.
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

/** Returns the sums and histograms with this temporality. */
function only(scopes: readonly ScopeMetricsLike[], temporality: number): ScopeMetricsLike[] {
  return scopes.map(({ scope, metrics }) => ({
    scope,
    metrics: metrics.filter(
      ({ aggregationTemporality, dataPointType }) =>
        aggregationTemporality === temporality && dataPointType !== GAUGE,
    ),
  }));
}
