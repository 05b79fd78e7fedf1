import { createReporter } from "../shared/report.ts";
import type { Metric } from "./metric.ts";

/** Told of metrics that come and go. */
export interface RegistryListener {
  /** A metric is there that is on, or was turned on. */
  registered?(metric: Metric): void;
  /** A metric is gone, or was turned off. */
  unregistered?(metric: Metric): void;
  /** A metric is there, on or off. */
  added?(metric: Metric): void;
  /** A metric is gone. */
  removed?(metric: Metric): void;
}

/** Those who are told. What one throws is reported, and goes no further. */
export class RegistryListeners {
  readonly #listeners = new Set<RegistryListener>();
  readonly #report = createReporter("metrics");

  /** @returns a function that ends it */
  add(listener: RegistryListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The metric is there. */
  came(metric: Metric): void {
    this.#tell((listener) => listener.added?.(metric));
    if (!metric.isOff) this.turned(metric, true);
  }

  /** The metric is gone. */
  left(metric: Metric): void {
    if (!metric.isOff) this.turned(metric, false);
    this.#tell((listener) => listener.removed?.(metric));
  }

  /** The metric is seen by readers from now on, or no more. */
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
