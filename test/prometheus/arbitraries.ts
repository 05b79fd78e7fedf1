import fc from "fast-check";
import type { HistogramReading } from "../../src/points/streams.ts";
import type { TranslationStrategy } from "../../src/prometheus/index.ts";
import { OPENMETRICS, type Written } from "./streams.ts";

// What expositions are made of, as fast-check thinks of it.

const BOUNDARIES = [-1, 0, 0.5, 1e9];
/** Any text, lone surrogates among it. */
export const anything: fc.Arbitrary<string> = fc.string({ unit: "binary" });
const attributes = fc.dictionary(
  fc.oneof(
    anything,
    fc.constantFrom("le", "__name__", "otel_scope_name", "a.b", "a_b", "quantile"),
  ),
  fc.oneof(anything, fc.double(), fc.boolean(), fc.constantFrom("", "\uD800", 'a"\\\n')),
  { maxKeys: 4 },
);
export const number: fc.Arbitrary<number> = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(1e21, -0, 5e-324, Infinity),
);
const name = fc.oneof(
  anything,
  fc.constantFrom("a", "a.total", "a_total", "http.server", "target.info"),
);
const unit = fc.oneof(anything, fc.constantFrom("s", "By", "1", "{x}", "By/s", "%"));
const scope = fc.record({ name: anything, version: anything });

/** A metric of any kind, with names and labels that may clash. */
export const metric: fc.Arbitrary<Written> = fc.oneof(
  fc.record({
    ...{ name, unit, help: anything, scope },
    kind: fc.constantFrom("gauge", "upDownCounter", "counter"),
    series: fc.array(fc.record({ attributes, value: number }), { maxLength: 3 }),
  }) as fc.Arbitrary<Written>,
  fc.record({
    ...{ name, unit, help: anything, scope },
    kind: fc.constant("histogram"),
    boundaries: fc.constant(BOUNDARIES),
    series: fc.array(
      fc.record({
        attributes,
        value: fc
          .tuple(fc.array(fc.nat(), { minLength: 5, maxLength: 5 }), fc.double({ noNaN: true }))
          .map(([counts, sum]): HistogramReading => ({
            counts,
            sum,
            count: counts.reduce((a, b) => a + b, 0),
          })),
      }),
      { maxLength: 2 },
    ),
  }) as fc.Arbitrary<Written>,
);

export const strategy: fc.Arbitrary<TranslationStrategy> = fc.constantFrom(
  "UnderscoreEscapingWithSuffixes",
  "UnderscoreEscapingWithoutSuffixes",
  "NoUTF8EscapingWithSuffixes",
  "NoTranslation",
);
/** An `Accept` header. */
export const accept: fc.Arbitrary<string> = fc.constantFrom(
  "",
  OPENMETRICS,
  ...["allow-utf-8", "dots", "values", "underscores"].flatMap((escaping) => [
    `text/plain;version=1.0.0;escaping=${escaping}`,
    `${OPENMETRICS};escaping=${escaping}`,
  ]),
);
