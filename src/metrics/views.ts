import type { Attributes } from "@opentelemetry/api";
import { withConstants } from "./constants.ts";
import { isBeyondInstruments } from "./metric-base.ts";
import type { MetricRegistry } from "./registry.ts";
import type { MetricSpec } from "./spec.ts";

/** A view for the SDK: the parts of `ViewOptions` that our views have. */
export interface MetricView {
  readonly meterName: string;
  readonly instrumentName: string;
  readonly name?: string;
  readonly attributesProcessors?: {
    process(incoming: Attributes): Attributes;
    /** Whether it drops the attribute. */
    drops(attribute: string): boolean;
  }[];
}

/**
 * Creates the views that give metrics their exported names and labels. An SDK fixes its views when it is
 * built, so there is one view for each spec that is registered by then. A metric that is registered later has
 * its final names and labels without a view.
 */
export class Views {
  readonly #registry: MetricRegistry;
  readonly #carried = new WeakSet<MetricSpec>();

  constructor(registry: MetricRegistry) {
    this.#registry = registry;
  }

  /** Returns the views for the SDK's option `views`. No two of them match the same instrument. */
  read(): MetricView[] {
    return [...this.#registry.metrics()].flatMap((metric) => {
      const view = isBeyondInstruments(metric.spec) ? undefined : this.#viewOf(metric.spec);
      if (view !== undefined) this.#carried.add(metric.spec);
      return view === undefined ? [] : [view];
    });
  }

  /** Whether one of the returned views gives the spec's metric its name and labels. */
  carries(spec: MetricSpec): boolean {
    return this.#carried.has(spec);
  }

  #viewOf(spec: MetricSpec): MetricView | undefined {
    const { form } = this.#registry;
    // Together with a catch-all view of the user, a view that keeps the name would count twice.
    if (!form.changes(spec)) return undefined;
    const constants = form.constantsOf(spec);
    return {
      meterName: spec.service.name,
      instrumentName: spec.name,
      name: form.nameOf(spec),
      ...(constants !== undefined && {
        attributesProcessors: [
          { process: (incoming) => withConstants(incoming, constants), drops: () => false },
        ],
      }),
    };
  }
}
