import type { MeterProvider } from "@opentelemetry/api";

/** An instrumentation of OpenTelemetry, with its histogram of durations. */
export interface Upstream {
  /** The name of its Meter. */
  readonly meter: string;
  readonly metric: string;
}

/** Internal parts of the SDK's MeterProvider that show its instruments. */
interface ProviderInternals {
  readonly _sharedState?: {
    readonly meterSharedStates?: ReadonlyMap<string, MeterInternals>;
  };
}

interface MeterInternals {
  readonly _instrumentationScope?: { readonly name?: string };
  readonly metricStorageRegistry?: {
    readonly _sharedRegistry?: ReadonlyMap<string, readonly StorageInternals[]>;
    readonly _perCollectorRegistry?: ReadonlyMap<
      unknown,
      ReadonlyMap<string, readonly StorageInternals[]>
    >;
  };
}

interface StorageInternals {
  readonly _deltaMetricStorage?: {
    readonly _aggregator?: { readonly kind?: number };
    /** The measurements since the last collection. It is a new object after each collection. */
    readonly _activeCollectionStorage?: Recorded;
  };
}

interface Recorded {
  entries?(): Iterable<readonly [unknown, Accumulation | undefined, ...unknown[]]>;
}

interface Accumulation {
  toPointValue?(): { readonly count?: number } | number;
}

/** The SDK's `AggregatorKind.DROP`, for an instrument that a view drops. */
const DROP = 0;

/**
 * Reads what an upstream instrumentation records in one MeterProvider, from private fields of the SDK. If
 * they are missing, we behave as if there is no upstream.
 */
export class UpstreamHistogram {
  readonly #upstream: Upstream;
  #provider: MeterProvider | undefined;
  #meters = -1;
  #storage: StorageInternals | undefined;
  #recorded: Recorded | undefined;
  #counted = 0;

  constructor(upstream: Upstream) {
    this.#upstream = upstream;
  }

  /** Whether the instrument is in this provider, and no view drops it. */
  isIn(provider: MeterProvider | undefined): boolean {
    const { _sharedState: state } = (provider ?? {}) as ProviderInternals;
    const meters = state?.meterSharedStates;
    // An upstream that is added later has a Meter of its own, so the number changes.
    if (provider !== this.#provider || (meters?.size ?? -1) !== this.#meters) {
      this.#provider = provider;
      this.#meters = meters?.size ?? -1;
      const storage = meters && storageOf(meters, this.#upstream);
      if (storage !== this.#storage) {
        this.#storage = storage;
        this.#recorded = activeOf(storage);
        this.#counted = 0;
      }
    }
    return this.#storage !== undefined;
  }

  /** Returns the number of measurements since the last call. */
  recordedSince(): number {
    const recorded = activeOf(this.#storage);
    // The measurements between the last call and a collection.
    const before = recorded === this.#recorded ? 0 : countOf(this.#recorded) - this.#counted;
    const since = recorded === this.#recorded ? this.#counted : 0;
    this.#recorded = recorded;
    this.#counted = countOf(recorded);
    return before + this.#counted - since;
  }
}

function activeOf(storage: StorageInternals | undefined): Recorded | undefined {
  const { _deltaMetricStorage: { _activeCollectionStorage: active } = {} } = storage ?? {};
  return active;
}

/**
 * Returns one of its storages that is not dropped. All storages of views and readers get the same
 * measurements.
 */
function storageOf(
  meters: ReadonlyMap<string, MeterInternals>,
  upstream: Upstream,
): StorageInternals | undefined {
  for (const { _instrumentationScope: scope, metricStorageRegistry } of meters.values()) {
    if (scope?.name !== upstream.meter) continue;
    const { _sharedRegistry: ofViews, _perCollectorRegistry: ofReaders } =
      metricStorageRegistry ?? {};
    for (const storages of [ofViews, ...(ofReaders?.values() ?? [])]) {
      const found = storages?.get(upstream.metric)?.find((storage) => !isDropped(storage));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function isDropped(storage: StorageInternals): boolean {
  const { _deltaMetricStorage: { _aggregator: aggregator } = {} } = storage;
  return aggregator?.kind === DROP;
}

/**
 * Returns the number of measurements. Infinite if they cannot be counted, as for an aggregation that is not a
 * histogram.
 */
function countOf(recorded: Recorded | undefined): number {
  let total = 0;
  for (const [, accumulation] of recorded?.entries?.() ?? []) {
    const value = accumulation?.toPointValue?.();
    total += (typeof value === "object" ? value.count : undefined) ?? Infinity;
  }
  return total;
}
