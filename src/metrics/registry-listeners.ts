import { createReporter } from "../shared/report.ts";
import type { Metric } from "./metric.ts";

/** Is called when metrics are added, removed, or turned on or off. */
export interface RegistryListener {
  /** A metric that is on was added, or a metric was turned on. */
  registered?(metric: Metric): void;
  /** A metric was removed, or turned off. */
  unregistered?(metric: Metric): void;
  /** A metric was added, on or off. */
  added?(metric: Metric): void;
  /** A metric was removed, on or off. */
  removed?(metric: Metric): void;
}

/** The listeners of a registry. An error that a listener throws is only reported. */
export class RegistryListeners {
  readonly #listeners = new Set<RegistryListener>();
  readonly #report = createReporter("metrics");

  /** @returns a function that removes the listener */
  add(listener: RegistryListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Notifies the listeners of an added metric. */
  came(metric: Metric): void {
    this.#tell((listener) => listener.added?.(metric));
    if (!metric.isOff) this.turned(metric, true);
  }

  /** Notifies the listeners of a removed metric. */
  left(metric: Metric): void {
    if (!metric.isOff) this.turned(metric, false);
    this.#tell((listener) => listener.removed?.(metric));
  }

  /** Notifies the listeners of a metric that was turned on or off. */
  turned(metric: Metric, on: boolean): void {
    this.#tell((listener) =>
      on ? listener.registered?.(metric) : listener.unregistered?.(metric),
    );
  }

  #tell(what: (listener: RegistryListener) => void): void {
    for (const listener of this.#listeners) {
      try {
        what(listener);
      } catch (error) {
        this.#report.errorOnce("listener", "An instrument could not be made", error);
      }
    }
  }
}
