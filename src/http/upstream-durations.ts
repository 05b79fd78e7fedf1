import type { MeterProvider } from "@opentelemetry/api";
import type { DurationsChoice } from "./options.ts";

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
  readonly _deltaMetricStorage?: { readonly _aggregator?: { readonly kind?: number } };
}

/** The SDK's `AggregatorKind.DROP`: what a view makes of an instrument that it drops. */
const DROP = 0;

/**
 * Says whether durations are to be recorded, where an upstream instrumentation may measure the same
 * requests for the same MeterProvider.
 *
 * Under `auto` this is asked of the SDK's provider, in fields that OpenTelemetry does not publish;
 * where they are not there, nothing is known of an upstream and ours are recorded.
 */
export class Durations {
  readonly #choice: DurationsChoice;
  readonly #upstream: Upstream;
  readonly #provider: () => MeterProvider | undefined;
  #asked: MeterProvider | undefined;
  #meters = -1;
  #theirs = false;

  constructor(
    choice: DurationsChoice,
    upstream: Upstream,
    provider: () => MeterProvider | undefined,
  ) {
    this.#choice = choice;
    this.#upstream = upstream;
    this.#provider = provider;
  }

  /** Whether a request that ends now is to be recorded. */
  get wanted(): boolean {
    if (this.#choice !== "auto") return this.#choice === "always";
    const provider = this.#provider();
    if (provider === undefined) return true;
    const { _sharedState: state } = provider as ProviderInternals;
    const meters = state?.meterSharedStates;
    // An upstream that comes later brings a Meter of its own.
    if (provider !== this.#asked || meters?.size !== this.#meters) {
      this.#asked = provider;
      this.#meters = meters?.size ?? -1;
      this.#theirs = meters !== undefined && hasInstrument(meters, this.#upstream);
    }
    return !this.#theirs;
  }
}

function hasInstrument(meters: ReadonlyMap<string, MeterInternals>, upstream: Upstream): boolean {
  for (const { _instrumentationScope: scope, metricStorageRegistry } of meters.values()) {
    if (scope?.name !== upstream.meter) continue;
    const { _sharedRegistry: ofViews, _perCollectorRegistry: ofReaders } =
      metricStorageRegistry ?? {};
    for (const storages of [ofViews, ...(ofReaders?.values() ?? [])]) {
      if (storages?.get(upstream.metric)?.some((storage) => !isDropped(storage))) return true;
    }
  }
  return false;
}

function isDropped(storage: StorageInternals): boolean {
  const { _deltaMetricStorage: { _aggregator: aggregator } = {} } = storage;
  return aggregator?.kind === DROP;
}
