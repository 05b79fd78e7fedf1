import { unitWords } from "./unit-words.ts";

/** The translation strategies for names, as the OpenTelemetry specification calls them. */
export const TRANSLATION_STRATEGIES = [
  "UnderscoreEscapingWithSuffixes",
  "UnderscoreEscapingWithoutSuffixes",
  "NoUTF8EscapingWithSuffixes",
  "NoTranslation",
] as const;

/** How OpenTelemetry names become Prometheus names. */
export type TranslationStrategy = (typeof TRANSLATION_STRATEGIES)[number];

/** The properties that decide a metric's name in Prometheus. */
export interface NameParts {
  readonly name: string;
  readonly unit?: string | undefined;
  /** Whether the metric is a monotonic sum, so a counter. */
  readonly isCounter: boolean;
  /** Whether the metric is a gauge. Only {@link Translation.collector} uses it. @default false */
  readonly isGauge?: boolean | undefined;
  /** Whether the name is never changed, as for the names of `hexNaming`. @default false */
  readonly isVerbatim?: boolean | undefined;
}

/** How names are translated. */
export interface Translation {
  /** @default UnderscoreEscapingWithSuffixes */
  readonly strategy?: TranslationStrategy;
  /** Whether strategies with suffixes add the suffix of the unit. @default true */
  readonly unitSuffixes?: boolean;
  /**
   * Whether to produce the names that Prometheus and the OpenTelemetry Collector derive from OTLP: a gauge
   * with unit `1` ends in `_ratio`, and a unit that is already somewhere in the name is not added again.
   * prometheus/otlptranslator (`metric_namer.go`) does this beyond the specification. @default false
   */
  readonly collector?: boolean;
}

/** A metric's name in Prometheus. */
export interface FamilyName {
  /** With every suffix of unit and kind: `http_client_sent_bytes_total`. */
  readonly name: string;
  /** The name without the `_total` of a counter. */
  readonly base: string;
  /** The text after `# UNIT`: the unit words at the end of the name, or empty if there are none. */
  readonly unit: string;
}

/**
 * Returns the name of a metric in Prometheus. This is the only place that computes it: the exposition, the
 * rules for specs, the documentation and the dashboards all call it.
 */
export function familyName(metric: NameParts, translation: Translation = {}): FamilyName {
  const { strategy = "UnderscoreEscapingWithSuffixes", unitSuffixes = true } = translation;
  const { collector = false } = translation;
  const { isCounter } = metric;
  if (metric.isVerbatim === true) {
    return { name: metric.name, base: withoutTotal(metric.name, isCounter), unit: "" };
  }
  const written = strategy.startsWith("Underscore") ? underscored(metric.name) : metric.name;
  if (!strategy.endsWith("WithSuffixes")) {
    return { name: written, base: withoutTotal(written, isCounter), unit: "" };
  }
  const stem = withoutTotal(written, isCounter);
  const unit = unitSuffixes ? unitOf(metric, collector) : "";
  const says = collector ? contains : endsIn;
  const base = unit === "" || says(stem, unit) ? stem : `${stem}_${unit}`;
  return { name: isCounter ? `${base}_total` : base, base, unit };
}

/** Replaces each run of characters that are illegal in a metric's name with one `_`. */
export function underscored(name: string): string {
  const legal = name.replaceAll(/[^A-Za-z0-9:]+/g, "_");
  return legal === "" || /^[0-9]/.test(legal) ? `_${legal}` : legal;
}

function withoutTotal(name: string, isCounter: boolean): string {
  return isCounter ? name.replace(/(?<=.)[^A-Za-z0-9]total$/u, "") : name;
}

function unitOf({ unit, isGauge = false }: NameParts, collector: boolean): string {
  return collector && isGauge && unit === "1" ? "ratio" : unitWords(unit);
}

/** Whether the name has the unit among its words. */
function contains(name: string, unit: string): boolean {
  return `_${name}_`.includes(`_${unit}_`);
}

/** Whether the name already ends in the unit, or is the unit. */
function endsIn(name: string, unit: string): boolean {
  return name === unit || new RegExp(`[^A-Za-z0-9]${unit}$`).test(name);
}
