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

/** What decides how names and labels are written. */
export interface NameOptions {
  readonly translation: Translation;
  readonly scopeInfo: boolean;
}

/** How one series begins in one format: bytes that are written again at every scrape. */
export interface SeriesMemo {
  /** Of a number: its whole line up to the value. Of a histogram: up to `le`. */
  readonly prefix: Buffer;
  readonly sum: Buffer;
  readonly count: Buffer;
  /** Of the prefix, by which two that are alike find each other. */
  readonly hash: number;
  /** Of a histogram in text: its sum, then its buckets, as they were last written. */
  parts?: Float64Array;
}

/** What is kept of a series whose lines begin so. */
export function seriesMemo(
  prefix: Buffer,
  sum: Buffer = prefix,
  count: Buffer = prefix,
): SeriesMemo {
  return { prefix, sum, count, hash: hashOf(prefix) };
}

/** What one format keeps of one metric; it goes when the metric goes, and each series' with the series. */
export class StreamMemo {
  readonly name: FamilyName;
  /** Labels that every series has. */
  readonly others: readonly Label[];
  readonly #series = new WeakMap<Attributes, SeriesMemo>();
  /** The series in the order of the last scrape, which the next one meets again: no look-up is cheaper. */
  readonly #order: SeriesMemo[] = [];
  readonly #keys: Attributes[] = [];
  #at = 0;
  /** The lines above the metric, and of what they were made. */
  header: { readonly of: string; readonly bytes: Buffer } | undefined;
  /** Of a histogram: the end of each bucket's line up to the value. */
  tails: readonly Buffer[] | undefined;
  /** In text: what the last scrape got. */
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

  /** Begins with the first series. */
  begin(): void {
    this.#at = 0;
  }

  /** The memo of the next series; undefined of a new one, which is to be {@link add}ed. */
  next(attributes: Attributes): SeriesMemo | undefined {
    if (this.#keys[this.#at] === attributes) return this.#order[this.#at++];
    const memo = this.#series.get(attributes);
    return memo && this.#put(attributes, memo);
  }

  /** Takes in the memo of a new series, which comes next. */
  add(attributes: Attributes, memo: SeriesMemo): SeriesMemo {
    this.#series.set(attributes, memo);
    return this.#put(attributes, memo);
  }

  /** Lets go what was not met since {@link begin}. */
  end(): void {
    this.#keys.length = this.#order.length = this.#at;
  }

  #put(attributes: Attributes, memo: SeriesMemo): SeriesMemo {
    this.#keys[this.#at] = attributes;
    this.#order[this.#at++] = memo;
    return memo;
  }

  /** The labels of a series as they are written. */
  labels(attributes: Attributes): Label[] {
    return labelsOf(attributes, this.others, this.#form, this.#reserved);
  }
}

/** What one format keeps from scrape to scrape. */
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

  /** Has every series bear these labels from now on. */
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

/** A name with its quotes where a classic parser would not take it. */
export function quotedName(name: string): string {
  return isClassicName(name) ? name : `"${escapeQuoted(name)}"`;
}

/** A text between quotes. */
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

/** The labels that name a point's scope; "Prometheus and OpenMetrics Compatibility", "Instrumentation Scope". */
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
