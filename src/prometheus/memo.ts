import type { Attributes } from "@opentelemetry/api";
import { escapeName, type Escaping, isClassicName } from "../points/translation/escape-name.ts";
import {
  familyName,
  type FamilyName,
  type Translation,
} from "../points/translation/metric-name.ts";
import { labelValue } from "../points/translation/label-name.ts";
import type { MetricStream } from "../points/streams.ts";
import { HISTOGRAM, EXPONENTIAL_HISTOGRAM } from "../points/types.ts";
import { type Label, type LabelForm, labelsOf, writtenName } from "./labels.ts";
import type { TextImage } from "./text/image.ts";

/** The options for names and labels. */
export interface NameOptions {
  readonly translation: Translation;
  readonly scopeInfo: boolean;
}

/** The beginnings of one series' lines in one format: bytes that every scrape writes again. */
export interface SeriesMemo {
  /** For a number: the line up to the value. For a histogram: a bucket's line up to `le`. */
  readonly prefix: Buffer;
  readonly sum: Buffer;
  readonly count: Buffer;
  /** The hash of the prefix, to find series with the same prefix. */
  readonly hash: number;
  /** For a histogram in text: its sum and then its buckets, as they were last written. */
  parts?: Float64Array;
}

/** Creates the memo of a series from the beginnings of its lines. */
export function seriesMemo(
  prefix: Buffer,
  sum: Buffer = prefix,
  count: Buffer = prefix,
): SeriesMemo {
  return { prefix, sum, count, hash: hashOf(prefix) };
}

/**
 * Caches what one format needs for one metric. It is collected with the metric, and the memo of each series
 * with the series.
 */
export class StreamMemo {
  readonly name: FamilyName;
  /** The labels that every series has. */
  readonly others: readonly Label[];
  readonly #series = new WeakMap<Attributes, SeriesMemo>();
  /**
   * The series in the order of the last scrape. The next scrape usually has the same order, so it needs no
   * look-up.
   */
  readonly #order: SeriesMemo[] = [];
  readonly #keys: Attributes[] = [];
  #at = 0;
  /** The comment lines of the metric, and the facts that they depend on. */
  header: { readonly of: string; readonly bytes: Buffer } | undefined;
  /** For a histogram: the part of each bucket's line from `le` to the value. */
  tails: readonly Buffer[] | undefined;
  /** For text: the text of the last scrape. */
  image: TextImage | undefined;
  readonly #form: LabelForm;
  readonly #reserved: string | undefined;

  constructor(
    stream: MetricStream,
    form: LabelForm,
    { translation, scopeInfo }: NameOptions,
    constants: readonly Label[],
  ) {
    this.#form = form;
    const { name, base, unit } = familyName(
      { ...stream.descriptor, isCounter: stream.isMonotonic, isVerbatim: stream.isVerbatim },
      translation,
    );
    const written = escapeName(name.toWellFormed(), form.escaping);
    this.name = { name: written, base: name === base ? written : withoutTotal(written), unit };
    const isHistogram = stream.type === HISTOGRAM || stream.type === EXPONENTIAL_HISTOGRAM;
    this.#reserved = isHistogram ? "le" : undefined;
    this.others = [...constants, ...(scopeInfo ? scopeLabels(stream.scope, form) : [])];
  }

  /** Starts again at the first series. */
  begin(): void {
    this.#at = 0;
  }

  /** Returns the memo of the next series, or undefined for a new series. Then call {@link add}. */
  next(attributes: Attributes): SeriesMemo | undefined {
    if (this.#keys[this.#at] === attributes) return this.#order[this.#at++];
    const memo = this.#series.get(attributes);
    return memo && this.#put(attributes, memo);
  }

  /** Adds the memo of a new series, which is the next one. */
  add(attributes: Attributes, memo: SeriesMemo): SeriesMemo {
    this.#series.set(attributes, memo);
    return this.#put(attributes, memo);
  }

  /** Drops the series that did not appear since {@link begin}. */
  end(): void {
    this.#keys.length = this.#order.length = this.#at;
  }

  #put(attributes: Attributes, memo: SeriesMemo): SeriesMemo {
    this.#keys[this.#at] = attributes;
    this.#order[this.#at++] = memo;
    return memo;
  }

  /** Returns the final labels of a series. */
  labels(attributes: Attributes): Label[] {
    return labelsOf(attributes, this.others, this.#form, this.#reserved);
  }
}

/** Caches what one format needs from scrape to scrape. */
export class FormatMemo {
  readonly labelForm: LabelForm;
  readonly #options: NameOptions;
  #streams = new WeakMap<MetricStream, StreamMemo>();
  #constants: readonly Label[] = [];

  constructor(escaping: Escaping, options: NameOptions) {
    const { strategy = "UnderscoreEscapingWithSuffixes" } = options.translation;
    this.labelForm = { escaping, isTranslated: strategy.startsWith("Underscore") };
    this.#options = options;
  }

  /** Gives every series these labels from now on. */
  bear(constants: readonly Label[]): void {
    if (JSON.stringify(constants) === JSON.stringify(this.#constants)) return;
    this.#constants = constants;
    this.#streams = new WeakMap();
  }

  of(stream: MetricStream): StreamMemo {
    let memo = this.#streams.get(stream);
    if (memo === undefined) {
      memo = new StreamMemo(stream, this.labelForm, this.#options, this.#constants);
      this.#streams.set(stream, memo);
    }
    return memo;
  }
}

/** Returns the name, in quotes if it is not a classic name. */
export function quotedName(name: string): string {
  return isClassicName(name) ? name : `"${escapeQuoted(name)}"`;
}

/** Escapes a text that is written between quotes. */
export function escapeQuoted(text: string): string {
  return /[\\\n"]/.test(text)
    ? text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"')
    : text;
}

/** FNV-1a of the bytes. */
function hashOf(bytes: Buffer): number {
  let hash = 0x811c9dc5 | 0;
  for (let index = 0; index < bytes.length; index++) {
    hash = Math.imul(hash ^ bytes[index]!, 0x01000193);
  }
  return hash;
}

function withoutTotal(name: string): string {
  return name.replace(/_total$/, "");
}

/**
 * Returns the labels that name a point's scope; see "Prometheus and OpenMetrics Compatibility",
 * "Instrumentation Scope".
 */
function scopeLabels(scope: MetricStream["scope"], form: LabelForm): Label[] {
  const { name, version, schemaUrl } = scope;
  const attributes = (scope as { attributes?: Attributes }).attributes ?? {};
  const labels: (readonly [string, unknown])[] = [
    ["otel_scope_name", name],
    ["otel_scope_version", version],
    ["otel_scope_schema_url", schemaUrl],
    ...Object.entries(attributes).map(([key, value]) => [`otel_scope_${key}`, value] as const),
  ];
  return labels.flatMap(([key, value]): Label[] =>
    value === undefined || value === "" ? [] : [[writtenName(key, form), labelValue(value)]],
  );
}
