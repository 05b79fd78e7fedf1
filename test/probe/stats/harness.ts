import {
  CUMULATIVE,
  DELTA,
  type HistogramLike,
  type Temporality,
} from "../../../src/points/types.ts";
import { streamsFor } from "../../metrics/streams-for.ts";
import type { MetricRegistry } from "../../../src/metrics/registry.ts";

type Labels = Readonly<Record<string, string | number | boolean | undefined>>;

/** One exported point. */
export interface Row {
  readonly metric: string;
  readonly attributes: Labels;
  /** A number, or how many measurements a histogram has. */
  readonly value: number;
  readonly sum?: number;
  readonly startTime: readonly [number, number];
}

/** A reader of the registry. */
export interface Collector {
  /** All points now, or those of one metric. */
  rows(metric?: string): Row[];
  /** The values of one metric, by target. */
  byTarget(metric: string): Record<string, number>;
  /** The targets that the reader sees. */
  targets(): string[];
}

export function collector(
  registry: MetricRegistry,
  temporality: Temporality = CUMULATIVE,
): Collector {
  const producer = streamsFor(registry, () => temporality);
  const rows = (metric?: string): Row[] =>
    producer
      .collect(Date.now())
      .flatMap(({ metrics }) => metrics)
      .filter(({ descriptor }) => metric === undefined || descriptor.name === metric)
      .flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes, value, startTime }) => ({
          metric: descriptor.name,
          attributes: attributes as Labels,
          value: typeof value === "number" ? value : (value as HistogramLike).count,
          ...(typeof value !== "number" && { sum: (value as HistogramLike).sum ?? 0 }),
          startTime,
        })),
      );
  return {
    rows,
    byTarget(metric) {
      const found: Record<string, number> = {};
      for (const { attributes, value } of rows(metric)) {
        const target = nameOf(attributes);
        found[target] = (found[target] ?? 0) + value;
      }
      return found;
    },
    targets: () => [...new Set(rows().flatMap(({ attributes }) => nameOf(attributes) || []))],
  };
}

export function deltaCollector(registry: MetricRegistry): Collector {
  return collector(registry, DELTA);
}

function nameOf(attributes: Labels): string {
  const { dst, instance } = attributes;
  return String(attributes["health.probe.target"] ?? dst ?? instance ?? "");
}
