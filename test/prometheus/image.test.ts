import fc from "fast-check";
import { expect, it } from "vitest";
import type { HistogramReading, MetricStream, SeriesReading } from "../../src/points/streams.ts";
import type { Written } from "../../src/prometheus/bytes/arena.ts";
import { Exposition } from "../../src/prometheus/exposition.ts";
import { negotiate } from "../../src/prometheus/negotiation/negotiate.ts";
import { prometheusSettings } from "../../src/prometheus/options.ts";
import { OPENMETRICS, START_MS, stream } from "./streams.ts";

const BOUNDARIES = [1, 2, 3];
const settings = prometheusSettings({ targetInfo: false }).exposition;

/** A series that changes between two scrapes. */
interface Living {
  readonly attributes: { readonly id: string };
  value: number;
  counts: number[];
  sum: number;
  isTraced: boolean;
  isBroken: boolean;
}

class Metric {
  readonly series: Living[] = [];
  #made = 0;
  readonly stream: MetricStream;

  constructor(kind: "counter" | "histogram") {
    this.stream = {
      ...stream({ name: `a.${kind}`, kind, boundaries: BOUNDARIES, series: [] }),
      series: () => this.series.map(reading).values(),
    };
  }

  insert(at: number): void {
    // A line of another length each, up to one that fills a block by itself.
    const length = this.#made % 24 === 23 ? 33_000 : [1, 40, 300][this.#made % 3]!;
    const id = `${this.#made++}`.padEnd(length, "x");
    const fresh = { attributes: { id }, value: 0, counts: [0, 0, 0, 0], sum: 0 };
    this.series.splice(at % (this.series.length + 1), 0, {
      ...fresh,
      isTraced: false,
      isBroken: false,
    });
  }
}

function reading(living: Living): SeriesReading {
  const exemplar = { traceId: "a".repeat(32), spanId: "b".repeat(16), value: 1, timeMs: START_MS };
  return {
    attributes: living.attributes,
    startMs: START_MS,
    exemplar: living.isTraced ? exemplar : undefined,
    number() {
      if (living.isBroken) throw new Error("broken");
      return living.value;
    },
    histogram(): HistogramReading {
      const { counts, sum, isTraced } = living;
      const count = counts.reduce((a, b) => a + b, 0);
      return { counts, sum, count, ...(isTraced && { exemplars: [exemplar] }) };
    },
    exponential: () => undefined,
  };
}

type Change = (metric: Metric) => void;
const place = fc.oneof({ weight: 3, arbitrary: fc.nat(2) }, fc.nat(1_000));
/** Changes one series, where there is one. */
const one = (change: (living: Living) => void, at: number): Change => {
  return ({ series }) => series.length > 0 && change(series[at % series.length]!);
};
const change: fc.Arbitrary<Change> = fc.oneof(
  place.map(
    (at): Change =>
      (metric) =>
        metric.insert(at),
  ),
  fc.tuple(place, fc.nat(40)).map(([at, times]): Change => (metric) => {
    for (let i = 0; i < times; i++) metric.insert(metric.series.length + at);
  }),
  place.map(
    (at): Change =>
      ({ series }) =>
        void series.splice(at % (series.length + 1), 1),
  ),
  place.map(
    (at): Change =>
      ({ series }) =>
        void series.splice(0, series.length, ...series.toReversed().slice(at % 3)),
  ),
  fc
    .tuple(place, fc.oneof(fc.nat(12), fc.nat(), fc.constantFrom(0.5, 1e21, Infinity)))
    .map(([at, amount]) => one((living) => (living.value += amount), at)),
  fc.tuple(place, fc.nat(3), fc.constantFrom(1, 9, 90, 1e9, 0.5)).map(([at, bucket, amount]) =>
    one((living) => {
      living.counts[bucket]! += amount;
      living.sum += amount * bucket;
    }, at),
  ),
  // The same count and sum in other buckets.
  place.map((at) => one((living) => (living.counts = living.counts.toReversed()), at)),
  place.map((at) => one((living) => (living.sum += 0.25), at)),
  place.map((at) => one((living) => (living.isTraced = !living.isTraced), at)),
  place.map((at) => one((living) => (living.isTraced = !living.isTraced), at)),
  place.map((at) => one((living) => (living.isBroken = !living.isBroken), at)),
);

it.each(["text/plain", OPENMETRICS])(
  "writes in %s what it would write for the first time, whatever came, went and changed since",
  async (accept) => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("counter" as const, "histogram" as const),
        fc.array(fc.tuple(fc.array(change, { maxLength: 12 }), fc.boolean()), { maxLength: 12 }),
        async (kind, scrapes) => {
          const metric = new Metric(kind);
          const exposition = new Exposition(settings);
          const onTheirWay: { readonly written: Written; readonly text: string }[] = [];
          for (const [changes, isSlow] of scrapes) {
            for (const apply of changes) apply(metric);
            const written = await write(exposition, metric, accept);
            expect(textOf(written)).toBe(
              textOf(await write(new Exposition(settings), metric, accept)),
            );
            if (written === undefined) continue;
            if (isSlow) onTheirWay.push({ written, text: textOf(written) });
            else written.release();
          }
          // What a slow scraper still reads has not changed under its eyes.
          for (const { written, text } of onTheirWay) expect(textOf(written)).toBe(text);
        },
      ),
      { numRuns: 100 },
    );
  },
);

/** Undefined where a series could not be read. */
async function write(
  exposition: Exposition,
  metric: Metric,
  accept: string,
): Promise<Written | undefined> {
  const contents = { resource: {}, own: [metric.stream], collected: [] };
  return exposition.write(contents, negotiate(accept)).catch(() => undefined);
}

function textOf(written: Written | undefined): string {
  return written === undefined ? "broken" : Buffer.concat(written.chunks).toString();
}
