import type { Attributes } from "@opentelemetry/api";
import type { HistogramReading, SeriesReading } from "../../points/streams.ts";
import type { Exemplar } from "../../points/types.ts";
import { EXPONENTIAL_HISTOGRAM, HISTOGRAM } from "../../points/types.ts";
import type { Arena } from "../bytes/arena.ts";
import { MAX_DIGITS, writeNumber, writeText } from "../bytes/digits.ts";
import type { Family, Member } from "../families.ts";
import type { Label } from "../labels.ts";
import { escapeQuoted, quotedName, type SeriesMemo } from "../memo.ts";
import type { Seen } from "../seen.ts";
import type { Writer } from "../writer.ts";
import { exemplarText } from "./exemplar.ts";
import { bucketTails, line, openMetricsHeader, seriesLines, textHeader } from "./lines.ts";

const NEW_LINE = 0x0a;
const INFINITY_TAIL = bucketTails([], false);

/** How text is written. */
export interface TextOptions {
  readonly isOpenMetrics: boolean;
  /** Whether OpenMetrics says when each series began, on a line of its own. */
  readonly createdLines: boolean;
}

/** Writes the text format of Prometheus, or OpenMetrics'. */
export class TextWriter implements Writer {
  readonly #arena: Arena;
  readonly #seen: Seen;
  readonly #isOpenMetrics: boolean;
  readonly #createdLines: boolean;
  #family!: Family;
  /** What is to stand above the family once it has a series. */
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
        // Text has no exponential buckets: the one that holds everything is what can be said.
        const all = { count: value.count, sum: value.sum, counts: [value.count] };
        this.#histogram(member, reading, all, INFINITY_TAIL);
        return;
      }
      default:
        this.#number(member, reading);
    }
  }

  end(): void {
    // Nothing stands below a family.
  }

  finish(): void {
    if (this.#isOpenMetrics) this.#arena.put(Buffer.from("# EOF\n"));
  }

  #number(member: Member, reading: SeriesReading): void {
    const value = reading.number();
    if (value === undefined) return;
    const isCounter = this.#family.type === "counter";
    // OpenMetrics refuses the whole exposition for a counter that is none.
    if (this.#isOpenMetrics && isCounter && !(value >= 0)) return;
    const memo = this.#memo(member, reading.attributes);
    if (member.mayRepeat && !this.#seen.add(memo)) return;
    const { prefix } = memo;
    const arena = this.#arena;
    if (this.#header !== undefined) this.#open(this.#header);
    arena.room(prefix.length + MAX_DIGITS);
    const { bytes } = arena;
    bytes.set(prefix, arena.at);
    let at = writeNumber(bytes, arena.at + prefix.length, value);
    if (this.#isOpenMetrics && isCounter && !this.#family.isPlain) {
      arena.at = at;
      if (reading.exemplar !== undefined) this.#exemplar(reading.exemplar);
      at = arena.at;
    }
    arena.bytes[at] = NEW_LINE;
    arena.at = at + 1;
    if (this.#createdLines && isCounter && !this.#family.isPlain) this.#created(member, reading);
  }

  /** Buckets, sum and count of one moment. */
  #histogram(
    member: Member,
    reading: SeriesReading,
    value: HistogramReading,
    tails: readonly Buffer[],
  ): void {
    const memo = this.#memo(member, reading.attributes);
    if (member.mayRepeat && !this.#seen.add(memo)) return;
    const { counts, exemplars } = value;
    const { prefix } = memo;
    const arena = this.#arena;
    const size = prefix.length + 2 * MAX_DIGITS;
    if (this.#header !== undefined) this.#open(this.#header);
    arena.room(size * tails.length);
    let { bytes, at } = arena;
    let count = 0;
    for (let index = 0; index < tails.length; index++) {
      count += counts[index] ?? 0;
      bytes.set(prefix, at);
      at += prefix.length;
      const tail = tails[index]!;
      for (let offset = 0; offset < tail.length; offset++) bytes[at++] = tail[offset]!;
      at = writeNumber(bytes, at, count);
      const exemplar = this.#isOpenMetrics ? exemplars?.[index] : undefined;
      if (exemplar !== undefined) {
        arena.at = at;
        this.#exemplar(exemplar);
        arena.room(1 + size * (tails.length - index));
        ({ bytes, at } = arena);
      }
      bytes[at++] = NEW_LINE;
    }
    arena.at = at;
    const { sum } = value;
    // A sum that can shrink is none to OpenMetrics; Prometheus takes NaN for "not known".
    if (sum !== undefined && !(this.#isOpenMetrics && !(sum >= 0))) this.#line(memo.sum, sum);
    this.#line(memo.count, count);
    if (this.#createdLines) this.#created(member, reading);
  }

  #open(header: Buffer): void {
    this.#arena.put(header);
    this.#header = undefined;
  }

  #line(prefix: Buffer, value: number): void {
    const arena = this.#arena;
    arena.room(prefix.length + MAX_DIGITS);
    arena.bytes.set(prefix, arena.at);
    const at = writeNumber(arena.bytes, arena.at + prefix.length, value);
    arena.bytes[at] = NEW_LINE;
    arena.at = at + 1;
  }

  #exemplar(exemplar: Exemplar): void {
    const text = exemplarText(exemplar);
    if (text === undefined) return;
    this.#arena.room(text.length + 1);
    this.#arena.at = writeText(this.#arena.bytes, this.#arena.at, text);
  }

  #created(member: Member, { attributes, startMs }: SeriesReading): void {
    const pairs = member.memo
      .labels(attributes)
      .map(([key, value]) => `${quotedName(key)}="${escapeQuoted(value)}"`);
    const text = `${line(`${this.#family.base}_created`, pairs)} ${startMs / 1_000}\n`;
    this.#arena.put(Buffer.from(text));
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
