import type { BoundHistogram, Histogram, MetricSpec } from "../metrics/index.ts";
import { isLabelValue, type LabelDefinition } from "../metrics/labels.ts";
import { type Cell, Series } from "../metrics/series.ts";
import type { HttpTelemetry } from "./telemetry.ts";
import type { HookLabels } from "./options.ts";
import type { SideSettings } from "./settings.ts";
import { specWithOptions } from "./spec-with-options.ts";
import type { Durations } from "./upstream-durations.ts";

/** The specs of the three histograms of one side, which all have the same labels. */
export interface RequestSpecs<L> {
  readonly requestDuration: MetricSpec<"histogram", L>;
  readonly requestBodySize: MetricSpec<"histogram", L>;
  readonly responseBodySize: MetricSpec<"histogram", L>;
}

/** The options for the histograms. */
type Settings = Pick<
  SideSettings<never, never, Record<keyof RequestSpecs<never>, boolean>>,
  "labels" | "durationBuckets" | "sizeBuckets" | "metrics"
>;

/**
 * Records a request's duration and body sizes with one label set, which is looked up once for all three. The
 * labels object must have every declared key, in the order of the specs.
 */
export class RequestRecorder<L extends object> {
  readonly #telemetry: HttpTelemetry;
  readonly #side: string;
  readonly #durations: Durations;
  readonly #duration: Histogram<L> | undefined;
  readonly #requestSize: Histogram<L> | undefined;
  readonly #responseSize: Histogram<L> | undefined;
  readonly #bound: Series<RequestCells & Cell>;
  readonly #extra: readonly LabelDefinition[];

  /** @param side the name of the side in reports: `server`, `client`, `fetch` */
  constructor(
    telemetry: HttpTelemetry,
    side: string,
    specs: RequestSpecs<L>,
    settings: Settings,
    durations: Durations,
  ) {
    this.#telemetry = telemetry;
    this.#side = side;
    this.#durations = durations;
    const { labels, durationBuckets, sizeBuckets, metrics } = settings;
    const histogram = (
      on: boolean,
      spec: MetricSpec<"histogram", L>,
      buckets: readonly number[] | undefined,
    ): Histogram<L> | undefined =>
      on ? telemetry.registry.histogram(specWithOptions(spec, buckets, labels)) : undefined;
    this.#duration = histogram(metrics.requestDuration, specs.requestDuration, durationBuckets);
    this.#requestSize = histogram(metrics.requestBodySize, specs.requestBodySize, sizeBuckets);
    this.#responseSize = histogram(metrics.responseBodySize, specs.responseBodySize, sizeBuckets);
    this.#extra = labels;
    const { maxSeries } = specs.requestDuration;
    this.#bound = new Series(
      [...specs.requestDuration.labels, ...labels],
      maxSeries,
      (attributes) => ({ attributes, ...this.#bind(attributes as L) }),
    );
  }

  /**
   * Records a finished request.
   * @param requestBytes undefined if unknown; then it is not recorded
   * @param extra the values of the additional labels, from the `attributes` hook
   */
  record(
    labels: L,
    durationS: number,
    requestBytes: number | undefined,
    responseBytes: number | undefined,
    extra?: HookLabels,
  ): void {
    this.recordEarly(this.cells(labels, extra), durationS, requestBytes, responseBytes)?.();
  }

  /**
   * Records a request before its end.
   * @returns a function to call at its end, if that is necessary
   */
  recordEarly(
    { requestSize, responseSize, duration }: RequestCells,
    durationS: number,
    requestBytes: number | undefined,
    responseBytes: number | undefined,
  ): (() => void) | undefined {
    if (requestBytes !== undefined) requestSize?.record(requestBytes);
    if (responseBytes !== undefined) responseSize?.record(responseBytes);
    if (duration === undefined) return undefined;
    const { decision } = this.#durations;
    if (decision === "record") duration.record(durationS);
    if (decision !== "compare") return undefined;
    return () => this.#durations.compare(() => this.#recordLate(duration, durationS));
  }

  #recordLate(duration: BoundHistogram, durationS: number): void {
    try {
      duration.record(durationS);
    } catch (error) {
      this.#telemetry.failed(this.#side, error);
    }
  }

  /**
   * Returns the cells for these labels.
   * @param extra the values of the additional labels, from the `attributes` hook
   */
  cells(labels: L, extra?: HookLabels): RequestCells {
    const all = this.#extra.length === 0 ? labels : this.#withExtra(labels, extra);
    const found = this.#bound.find(all as Readonly<Record<string, unknown>>);
    // Beyond the limit each histogram uses its own overflow series and counts that.
    return found === undefined || found === this.#bound.overflow ? this.#bind(all) : found;
  }

  /** Whether these cells always belong to their labels. Beyond the limit they do not. */
  isLasting(cells: RequestCells): boolean {
    return cells !== this.#bound.overflow && this.#bound.has(cells as RequestCells & Cell);
  }

  #bind(labels: L): RequestCells {
    type Bind = (labels: L) => BoundHistogram;
    const bind = (histogram: Histogram<L> | undefined): BoundHistogram | undefined =>
      histogram && (histogram.bind.bind(histogram) as Bind)(labels);
    return {
      duration: bind(this.#duration),
      requestSize: bind(this.#requestSize),
      responseSize: bind(this.#responseSize),
    };
  }

  #withExtra(labels: L, extra: HookLabels | undefined): L {
    const all = { ...labels } as Record<string, unknown>;
    for (const label of this.#extra) {
      const value = extra?.[label.key];
      all[label.key] = isLabelValue(label, value) ? value : undefined;
    }
    return all as L;
  }
}

/** The bound handles of the three histograms for one label set. Undefined if a histogram is off. */
export interface RequestCells {
  readonly duration: BoundHistogram | undefined;
  readonly requestSize: BoundHistogram | undefined;
  readonly responseSize: BoundHistogram | undefined;
}
