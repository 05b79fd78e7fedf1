import type { MeterProvider } from "@opentelemetry/api";

/** One of OpenTelemetry's own instrumentations, with the histogram in which it measures durations. */
export interface Upstream {
  /** The name of its Meter. */
  readonly meter: string;
  readonly metric: string;
}

/** The parts of the SDK's MeterProvider that tell which instruments there are; internal to the SDK. */
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
    /** What was recorded since the last collection; another object after each. */
    readonly _activeCollectionStorage?: Recorded;
  };
}

interface Recorded {
  entries?(): Iterable<readonly [unknown, Accumulation | undefined, ...unknown[]]>;
}

interface Accumulation {
  toPointValue?(): { readonly count?: number } | number;
}

/** The SDK's `AggregatorKind.DROP`: what a view makes of an instrument that it drops. */
const DROP = 0;

/**
 * What an upstream instrumentation records for one MeterProvider, as the SDK keeps it in fields that
 * OpenTelemetry does not publish. Where they are not there, nothing is known of an upstream.
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
    // An upstream that comes later brings a Meter of its own.
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

  /** How many measurements it was given since this was last asked. */
  recordedSince(): number {
    const recorded = activeOf(this.#storage);
    // What came between the last question and a collection.
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

/** One of its storages that is not dropped: all that the views and readers make are given the same. */
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

/** Infinite for what cannot be counted, as of an aggregation that is no histogram. */
function countOf(recorded: Recorded | undefined): number {
  let total = 0;
  for (const [, accumulation] of recorded?.entries?.() ?? []) {
    const value = accumulation?.toPointValue?.();
    total += (typeof value === "object" ? value.count : undefined) ?? Infinity;
  }
  return total;
}
