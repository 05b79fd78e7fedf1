import type {
  Attributes,
  Meter,
  Observable,
  ObservableCallback,
  ObservableResult,
} from "@opentelemetry/api";

/** Reports what one metric holds, when a reader collects. */
export type Report = (result: Pick<ObservableResult, "observe">) => void;

/** One observable instrument with all that report through it. */
interface Shared {
  readonly instrument: Observable;
  readonly callback: ObservableCallback;
  readonly reports: Set<Report>;
}

/** By Meter, of which a provider has one per name, and by the instrument's name. */
const instruments = new WeakMap<Meter, Map<string, Shared>>();

/**
 * Lets a sum be reported by several registries that were brought to one provider: where two callbacks
 * of the SDK's observe the same series, it keeps the last value; here they are added.
 * @param create makes the instrument where this Meter has none of the name from us
 * @returns a function that ends the report
 */
export function reportSum(
  meter: Meter,
  name: string,
  create: () => Observable,
  report: Report,
): () => void {
  let byName = instruments.get(meter);
  if (byName === undefined) instruments.set(meter, (byName = new Map()));
  let shared = byName.get(name);
  if (shared === undefined) {
    shared = share(create());
    byName.set(name, shared);
  }
  const { reports, instrument, callback } = shared;
  reports.add(report);
  return () => {
    if (!reports.delete(report) || reports.size > 0) return;
    instrument.removeCallback(callback);
    byName.delete(name);
  };
}

function share(instrument: Observable): Shared {
  const reports = new Set<Report>();
  const callback: ObservableCallback = (result) => {
    if (reports.size === 1) for (const report of reports) report(result);
    else for (const [attributes, sum] of sums(reports)) result.observe(sum, attributes);
  };
  instrument.addCallback(callback);
  return { instrument, callback, reports };
}

/** What the reports give together, by attributes. */
function sums(reports: Iterable<Report>): Iterable<[Attributes, number]> {
  const bySeries = new Map<string, [Attributes, number]>();
  const observe = (value: number, attributes: Attributes = {}): void => {
    const key = JSON.stringify(Object.entries(attributes).toSorted(byKey));
    const series = bySeries.get(key);
    if (series === undefined) bySeries.set(key, [attributes, value]);
    else series[1] += value;
  };
  for (const report of reports) report({ observe });
  return bySeries.values();
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}
