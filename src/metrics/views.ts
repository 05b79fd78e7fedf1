import type { Attributes } from "@opentelemetry/api";
import { withConstants } from "./constants.ts";
import { isBeyondInstruments } from "./metric-base.ts";
import type { MetricRegistry } from "./registry.ts";
import type { MetricSpec } from "./spec.ts";

/** A view of the SDK, structurally: the parts of `ViewOptions` that ours have. */
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
 * The views that give metrics their final form. An SDK fixes its views when it is built, so each
 * reading covers the specs that are registered by then, one exact view for each; what is registered
 * later has its final form without one.
 */
export class Views {
  readonly #registry: MetricRegistry;
  readonly #carried = new WeakSet<MetricSpec>();

  constructor(registry: MetricRegistry) {
    this.#registry = registry;
  }

  /** For the SDK's `views`. No two of them match the same instrument. */
  read(): MetricView[] {
    return [...this.#registry.metrics()].flatMap((metric) => {
      const view = isBeyondInstruments(metric.spec) ? undefined : this.#viewOf(metric.spec);
      if (view !== undefined) this.#carried.add(metric.spec);
      return view === undefined ? [] : [view];
    });
  }

  /** Whether a view that was read gives the spec's metric its form. */
  carries(spec: MetricSpec): boolean {
    return this.#carried.has(spec);
  }

  #viewOf(spec: MetricSpec): MetricView | undefined {
    const { form } = this.#registry;
    // A view that keeps the name would count twice beside a catch-all view of the user's.
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
