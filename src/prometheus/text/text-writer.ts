import type { Attributes } from "@opentelemetry/api";
import type { HistogramReading, SeriesReading } from "../../points/streams.ts";
import type { Exemplar } from "../../points/types.ts";
import { EXPONENTIAL_HISTOGRAM, HISTOGRAM } from "../../points/types.ts";
import type { Arena } from "../bytes/arena.ts";
import { MAX_DIGITS, writeNumber, writeText } from "../bytes/digits.ts";
import { copyBytes, Scratch } from "../bytes/scratch.ts";
import type { Family, Member } from "../families.ts";
import type { Label } from "../labels.ts";
import { escapeQuoted, quotedName, type SeriesMemo } from "../memo.ts";
import type { Seen } from "../seen.ts";
import type { Writer } from "../writer.ts";
import { exemplarText } from "./exemplar.ts";
import {
  bucketsLength,
  isAsWritten,
  keepParts,
  rewriteBuckets,
  totalOf,
} from "./histogram-parts.ts";
import { TextImage } from "./image.ts";
import { bucketTails, line, openMetricsHeader, seriesLines, textHeader } from "./lines.ts";

const NEW_LINE = 0x0a;
const INFINITY_TAIL = bucketTails([], false);

/** The options of the text writer. */
export interface TextOptions {
  readonly isOpenMetrics: boolean;
  /** Whether OpenMetrics has a `_created` line for each series. */
  readonly createdLines: boolean;
}

/** Writes Prometheus' text format or OpenMetrics. */
export class TextWriter implements Writer {
  readonly #arena: Arena;
  readonly #seen: Seen;
  readonly #isOpenMetrics: boolean;
  readonly #createdLines: boolean;
  /** A buffer for the text of one series. */
  readonly #scratch = new Scratch();
  #family!: Family;
  #image!: TextImage;
  /** Whether the histogram has bounds below zero. Its sum can then shrink. */
  #mayShrink = false;
  /** The comment lines of the family, until its first series is written. */
  #header: Buffer | undefined;

  constructor(arena: Arena, seen: Seen, { isOpenMetrics, createdLines }: TextOptions) {
    this.#arena = arena;
    this.#seen = seen;
    this.#isOpenMetrics = isOpenMetrics;
    this.#createdLines = isOpenMetrics && createdLines;
  }

  target(labels: readonly Label[]): void {
    const pairs = labels.map(([key, value]) => `${quotedName(key)}="${escapeQuoted(value)}"`);
    const [name, type] = this.#isOpenMetrics ? ["target", "info"] : ["target_info", "gauge"];
    const help = `# HELP ${name} Target metadata`;
    const head = `# TYPE ${name} ${type}`;
    const comments = this.#isOpenMetrics ? [head, help] : [help, head];
    this.#arena.put(Buffer.from(`${comments.join("\n")}\n${line("target_info", pairs)} 1\n`));
  }

  beginMember({ memo, stream }: Member): void {
    this.#mayShrink = (stream.boundaries?.[0] ?? 0) < 0;
    this.#image = memo.image ??= new TextImage();
    this.#image.begin(this.#arena);
  }

  endMember(): void {
    this.#image.end();
  }

  begin(family: Family): void {
    this.#family = family;
    this.#seen.begin();
    const { memo } = family.members[0]!;
    const of = `${family.help} ${family.unit} ${family.isPlain}`;
    if (memo.header?.of !== of) {
      const text = this.#isOpenMetrics ? openMetricsHeader(family) : textHeader(family);
      memo.header = { of, bytes: Buffer.from(text) };
    }
    this.#header = memo.header.bytes;
  }

  series(member: Member, reading: SeriesReading): void {
    switch (member.stream.type) {
      case HISTOGRAM: {
        const value = reading.histogram();
        if (value !== undefined) this.#histogram(member, reading, value, this.#tails(member));
        return;
      }
      case EXPONENTIAL_HISTOGRAM: {
        const value = reading.exponential();
        if (value === undefined) return;
        // Text has no exponential buckets, so write one bucket with everything.
        const all = { count: value.count, sum: value.sum, counts: [value.count] };
        this.#histogram(member, reading, all, INFINITY_TAIL);
        return;
      }
      default:
        this.#number(member, reading);
    }
  }

  end(): void {
    // Nothing to write after a family.
  }

  finish(): void {
    if (this.#isOpenMetrics) this.#arena.put(Buffer.from("# EOF\n"));
  }

  #number(member: Member, reading: SeriesReading): void {
    const value = reading.number();
    if (value === undefined) return;
    const isCounter = this.#family.type === "counter";
    // One counter below zero would make an OpenMetrics parser refuse the whole exposition.
    if (this.#isOpenMetrics && isCounter && !(value >= 0)) return;
    const memo = this.#memo(member, reading.attributes);
    if (member.mayRepeat && !this.#seen.add(memo)) return;
    this.#openFamily();
    const hasMore = this.#isOpenMetrics && isCounter && !this.#family.isPlain;
    const exemplar = hasMore ? reading.exemplar : undefined;
    if (exemplar === undefined && this.#image.meets(memo) && this.#image.says(value)) {
      this.#image.keep();
      return;
    }
    const scratch = this.#scratch.clear();
    scratch.at = writeNumber(scratch.bytes, 0, value);
    if (exemplar !== undefined) this.#exemplar(exemplar);
    this.#newLine();
    const isAlone = exemplar === undefined && !(hasMore && this.#createdLines);
    if (!isAlone && this.#createdLines) this.#created(member, reading);
    const said = isAlone ? value : Number.NaN;
    this.#image.put(memo, said, scratch.bytes, scratch.at, memo.prefix);
  }

  /** Writes buckets, sum and count of the same moment. */
  #histogram(
    member: Member,
    reading: SeriesReading,
    value: HistogramReading,
    tails: readonly Buffer[],
  ): void {
    const memo = this.#memo(member, reading.attributes);
    if (member.mayRepeat && !this.#seen.add(memo)) return;
    this.#openFamily();
    const exemplars = this.#isOpenMetrics ? value.exemplars : undefined;
    const isAlone = exemplars === undefined && !this.#createdLines;
    if (isAlone && this.#image.meets(memo) && this.#update(memo, value, tails)) return;
    const scratch = this.#scratch.clear();
    const count = this.#buckets(memo, value, tails, exemplars);
    this.#sumAndCount(memo, value.sum, count);
    if (this.#createdLines) this.#created(member, reading);
    if (isAlone) keepParts(memo, value, tails.length);
    this.#image.put(memo, isAlone ? value.count : Number.NaN, scratch.bytes, scratch.at);
  }

  /** @returns the number of measurements in all buckets */
  #buckets(
    { prefix }: SeriesMemo,
    { counts }: HistogramReading,
    tails: readonly Buffer[],
    exemplars: HistogramReading["exemplars"],
  ): number {
    let count = 0;
    for (let index = 0; index < tails.length; index++) {
      count += counts[index] ?? 0;
      this.#scratch.put(prefix);
      this.#scratch.put(tails[index]!);
      this.#value(count);
      const exemplar = exemplars?.[index];
      if (exemplar !== undefined) this.#exemplar(exemplar);
      this.#newLine();
    }
    return count;
  }

  #sumAndCount(memo: SeriesMemo, sum: number | undefined, count: number): void {
    // OpenMetrics allows no sum that can shrink, and no count without a sum.
    if (this.#isOpenMetrics && (this.#mayShrink || sum === undefined || !(sum >= 0))) return;
    if (sum !== undefined) this.#line(memo.sum, sum);
    this.#line(memo.count, count);
  }

  /**
   * Updates the text of a histogram in place, if its lengths allow it: writes only the counts that changed.
   * Call `meets` first.
   * @returns whether it updated the text
   */
  #update(memo: SeriesMemo, value: HistogramReading, tails: readonly Buffer[]): boolean {
    const image = this.#image;
    if (isAsWritten(memo, value) && image.says(value.count)) {
      image.keep();
      return true;
    }
    const headLength = image.isPlain ? bucketsLength(memo, value, tails) : 0;
    if (headLength === 0) return false;
    const scratch = this.#scratch.clear();
    this.#sumAndCount(memo, value.sum, totalOf(value, tails.length));
    const at = image.edit(value.count, headLength + scratch.at);
    rewriteBuckets(image.bytes, at, memo, value, tails);
    copyBytes(scratch.bytes, scratch.at, image.bytes, at + headLength);
    keepParts(memo, value, tails.length);
    image.keep();
    return true;
  }

  /** Writes the comment lines of the family before its first series. */
  #openFamily(): void {
    if (this.#header === undefined) return;
    this.#arena.put(this.#header);
    this.#header = undefined;
  }

  #line(prefix: Buffer, value: number): void {
    this.#scratch.put(prefix);
    this.#value(value);
    this.#newLine();
  }

  #value(value: number): void {
    const scratch = this.#scratch;
    scratch.room(MAX_DIGITS);
    scratch.at = writeNumber(scratch.bytes, scratch.at, value);
  }

  #newLine(): void {
    const scratch = this.#scratch;
    scratch.room(1);
    scratch.bytes[scratch.at++] = NEW_LINE;
  }

  #exemplar(exemplar: Exemplar): void {
    const text = exemplarText(exemplar);
    if (text === undefined) return;
    this.#scratch.room(text.length);
    this.#scratch.at = writeText(this.#scratch.bytes, this.#scratch.at, text);
  }

  #created(member: Member, { attributes, startMs }: SeriesReading): void {
    const pairs = member.memo
      .labels(attributes)
      .map(([key, value]) => `${quotedName(key)}="${escapeQuoted(value)}"`);
    const text = `${line(`${this.#family.base}_created`, pairs)} ${startMs / 1_000}\n`;
    this.#scratch.put(Buffer.from(text));
  }

  #tails({ stream, memo }: Member): readonly Buffer[] {
    return (memo.tails ??= bucketTails(stream.boundaries ?? [], this.#isOpenMetrics));
  }

  #memo(member: Member, attributes: Attributes): SeriesMemo {
    const { memo } = member;
    return (
      memo.next(attributes) ?? memo.add(attributes, seriesLines(member, memo.labels(attributes)))
    );
  }
}
