import { unitWords } from "./unit-words.ts";

/** The strategies of the specification for names, by their names there. */
export const TRANSLATION_STRATEGIES = [
  "UnderscoreEscapingWithSuffixes",
  "UnderscoreEscapingWithoutSuffixes",
  "NoUTF8EscapingWithSuffixes",
  "NoTranslation",
] as const;

/** How OpenTelemetry's names become Prometheus'. */
export type TranslationStrategy = (typeof TRANSLATION_STRATEGIES)[number];

/** What a metric's name depends on. */
export interface NameParts {
  readonly name: string;
  readonly unit?: string | undefined;
  /** Whether it is a sum that only grows: a counter. */
  readonly isCounter: boolean;
  /** Whether it is a gauge, which only a collector asks for. @default false */
  readonly isGauge?: boolean | undefined;
  /** Whether the name stands as it is in every format, as the original's names do. @default false */
  readonly isVerbatim?: boolean | undefined;
}

/** How names are made. */
export interface Translation {
  /** @default UnderscoreEscapingWithSuffixes */
  readonly strategy?: TranslationStrategy;
  /** Whether strategies with suffixes add that of the unit. @default true */
  readonly unitSuffixes?: boolean;
  /**
   * Whether names are those that Prometheus and OpenTelemetry's Collector make of OTLP: a gauge in `1` ends
   * in `_ratio`, and a unit that the name has anywhere is not added. That is what prometheus/otlptranslator
   * does (`metric_namer.go`), beyond the specification. @default false
   */
  readonly collector?: boolean;
}

/** A metric's name in Prometheus. */
export interface FamilyName {
  /** With every suffix of unit and kind: `http_client_sent_bytes_total`. */
  readonly name: string;
  /** Without the `_total` of a counter. */
  readonly base: string;
  /** What `# UNIT` says: the words that the name ends in; empty where it ends in none. */
  readonly unit: string;
}

/**
 * The name of a metric in Prometheus: the one place that knows it. What names metrics asks here: the
 * exposition, the rules for specs, the documentation, dashboards.
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

/** `_` for whatever a metric's name may not hold, and one `_` where there would be several. */
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

/** Whether the name says the unit already: as its last words, or as all of it. */
function endsIn(name: string, unit: string): boolean {
  return name === unit || new RegExp(`[^A-Za-z0-9]${unit}$`).test(name);
}
