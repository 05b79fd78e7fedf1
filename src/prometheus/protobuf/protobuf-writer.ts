import type { Attributes } from "@opentelemetry/api";
import type { ExponentialReading, HistogramReading, SeriesReading } from "../../points/streams.ts";
import type { Exemplar } from "../../points/types.ts";
import { EXPONENTIAL_HISTOGRAM, HISTOGRAM } from "../../points/types.ts";
import type { Arena } from "../bytes/arena.ts";
import type { Family, FamilyType, Member } from "../families.ts";
import type { Label } from "../labels.ts";
import { type SeriesMemo, seriesMemo } from "../memo.ts";
import type { Seen } from "../seen.ts";
import { isHex } from "../text/exemplar.ts";
import type { Writer } from "../writer.ts";
import {
  BUCKET,
  COUNTER,
  EXEMPLAR,
  FAMILY,
  GAUGE,
  HISTOGRAM as HISTOGRAM_FIELDS,
  METRIC,
  PAIR,
  SPAN,
  TIMESTAMP,
  TYPES,
} from "./fields.ts";
import { Message, writeVarint } from "./message.ts";
import { type NativeSide, nativeBuckets } from "./native-buckets.ts";

/** The bytes reserved for the length of a family, which is known only at its end. A varint may be padded. */
const LENGTH_BYTES = 5;

/** The options of the protobuf writer. */
export interface ProtobufOptions {
  /**
   * Whether a histogram with buckets is also written as a native histogram, if it has exponential buckets
   * too.
   */
  readonly nativeHistograms: boolean;
}

/** Writes `io.prometheus.client.MetricFamily` messages. Its length comes before each message. */
export class ProtobufWriter implements Writer {
  readonly #arena: Arena;
  readonly #seen: Seen;
  readonly #options: ProtobufOptions;
  /** Buffers for the value of a series, its parts, and their details. */
  readonly #value = new Message();
  readonly #part = new Message();
  readonly #detail = new Message();
  #family!: Family;
  /** The place for the length of the family, and the position where the family begins. */
  #length!: Buffer;
  #start = 0;
  /** Whether the family's message is open: it opens with the first series. */
  #isOpen = false;

  constructor(arena: Arena, seen: Seen, options: ProtobufOptions) {
    this.#arena = arena;
    this.#seen = seen;
    this.#options = options;
  }

  target(labels: readonly Label[]): void {
    this.#open("target_info", "Target metadata", "gauge", "");
    this.#value.clear().double(GAUGE.value, 1);
    this.#metric(labelPairs(labels), METRIC.gauge);
    this.end();
  }

  begin(family: Family): void {
    this.#family = family;
    this.#seen.begin();
    this.#isOpen = false;
  }

  beginMember(): void {
    // Nothing to write: a family's message contains the series of its members one after the other.
  }

  endMember(): void {
    // See beginMember.
  }

  series(member: Member, reading: SeriesReading): void {
    const field = this.#fill(member, reading);
    if (field === undefined) return;
    const memo = this.#memo(member, reading.attributes);
    if (member.mayRepeat && !this.#seen.add(memo)) return;
    const { name, help, type, unit } = this.#family;
    if (!this.#isOpen) this.#open(name, help ?? "", type, unit ?? "");
    this.#metric(memo.prefix, field);
  }

  end(): void {
    if (!this.#isOpen) return;
    let rest = this.#arena.length - this.#start;
    for (let index = 0; index < LENGTH_BYTES; index++) {
      this.#length[index] = (rest % 0x80) + (index < LENGTH_BYTES - 1 ? 0x80 : 0);
      rest = Math.floor(rest / 0x80);
    }
  }

  finish(): void {
    // Nothing to write: the exposition ends with the last message.
  }

  #open(name: string, help: string, type: FamilyType, unit: string): void {
    const arena = this.#arena;
    this.#isOpen = true;
    arena.room(LENGTH_BYTES);
    this.#length = arena.bytes.subarray(arena.at, arena.at + LENGTH_BYTES);
    arena.at += LENGTH_BYTES;
    this.#start = arena.length;
    const head = this.#part.clear();
    head.text(FAMILY.name, name);
    if (help !== "") head.text(FAMILY.help, help.toWellFormed());
    head.varint(FAMILY.type, TYPES[type]);
    if (unit !== "") head.text(FAMILY.unit, unit);
    arena.put(head.written);
  }

  /** Writes the series' value into `#value`. @returns the number of its field in the metric */
  #fill({ stream }: Member, reading: SeriesReading): number | undefined {
    switch (stream.type) {
      case HISTOGRAM: {
        const value = reading.histogram();
        if (value === undefined) return undefined;
        const native = this.#options.nativeHistograms ? reading.exponential() : undefined;
        this.#histogram(value, stream.boundaries ?? [], reading.startMs, native);
        return METRIC.histogram;
      }
      case EXPONENTIAL_HISTOGRAM: {
        const value = reading.exponential();
        if (value === undefined) return undefined;
        this.#exponential(value, reading.startMs);
        return METRIC.histogram;
      }
      default:
        return this.#number(reading);
    }
  }

  #number(reading: SeriesReading): number | undefined {
    const value = reading.number();
    if (value === undefined) return undefined;
    const message = this.#value.clear();
    if (this.#family.type === "gauge") {
      message.double(GAUGE.value, value);
      return METRIC.gauge;
    }
    message.double(COUNTER.value, value);
    if (reading.exemplar !== undefined) this.#exemplar(message, COUNTER.exemplar, reading.exemplar);
    this.#time(message, COUNTER.created, reading.startMs);
    return METRIC.counter;
  }

  #histogram(
    value: HistogramReading,
    boundaries: readonly number[],
    startMs: number,
    native: ExponentialReading | undefined,
  ): void {
    const message = this.#value.clear();
    let count = 0;
    for (let index = 0; index <= boundaries.length; index++) count += value.counts[index] ?? 0;
    message.varint(HISTOGRAM_FIELDS.count, count);
    if (value.sum !== undefined) message.double(HISTOGRAM_FIELDS.sum, value.sum);
    let cumulative = 0;
    for (let index = 0; index <= boundaries.length; index++) {
      cumulative += value.counts[index] ?? 0;
      const bucket = this.#part.clear();
      bucket.varint(BUCKET.count, cumulative);
      bucket.double(BUCKET.bound, boundaries[index] ?? Infinity);
      const exemplar = value.exemplars?.[index];
      if (exemplar !== undefined) this.#exemplar(bucket, BUCKET.exemplar, exemplar);
      message.bytes(HISTOGRAM_FIELDS.bucket, bucket.written);
    }
    // If the native histogram was started later than the buckets, it lacks some measurements.
    if (native?.count === count) this.#native(message, native);
    this.#time(message, HISTOGRAM_FIELDS.created, startMs);
  }

  #exponential(value: ExponentialReading, startMs: number): void {
    const message = this.#value.clear();
    message.varint(HISTOGRAM_FIELDS.count, value.count);
    if (value.sum !== undefined) message.double(HISTOGRAM_FIELDS.sum, value.sum);
    this.#native(message, value);
    for (let index = 0; index < (value.exemplars?.length ?? 0); index++) {
      const exemplar = value.exemplars![index];
      if (exemplar !== undefined) this.#exemplar(message, HISTOGRAM_FIELDS.exemplars, exemplar);
    }
    this.#time(message, HISTOGRAM_FIELDS.created, startMs);
  }

  #native(message: Message, value: ExponentialReading): void {
    const native = nativeBuckets(value);
    if (native === undefined) return;
    message.signed(HISTOGRAM_FIELDS.schema, native.schema);
    message.double(HISTOGRAM_FIELDS.zeroThreshold, native.zeroThreshold);
    message.varint(HISTOGRAM_FIELDS.zeroCount, value.zeroCount);
    this.#side(
      message,
      native.negative,
      HISTOGRAM_FIELDS.negativeSpan,
      HISTOGRAM_FIELDS.negativeDelta,
    );
    this.#side(
      message,
      native.positive,
      HISTOGRAM_FIELDS.positiveSpan,
      HISTOGRAM_FIELDS.positiveDelta,
    );
  }

  #side(message: Message, { offset, deltas }: NativeSide, span: number, delta: number): void {
    if (deltas.length === 0) return;
    const part = this.#part.clear();
    part.signed(SPAN.offset, offset);
    part.varint(SPAN.length, deltas.length);
    message.bytes(span, part.written);
    message.packed(delta, deltas);
  }

  #exemplar(message: Message, field: number, exemplar: Exemplar): void {
    const { traceId, spanId, value, timeMs } = exemplar;
    if (!isHex(traceId, 32) || !isHex(spanId, 16)) return;
    const own = new Message();
    own.bytes(EXEMPLAR.label, pair("trace_id", traceId));
    own.bytes(EXEMPLAR.label, pair("span_id", spanId));
    own.double(EXEMPLAR.value, value);
    this.#time(own, EXEMPLAR.time, timeMs);
    message.bytes(field, own.written);
  }

  #time(message: Message, field: number, ms: number): void {
    const seconds = Math.floor(ms / 1_000);
    const time = this.#detail.clear();
    time.varint(TIMESTAMP.seconds, seconds);
    time.varint(TIMESTAMP.nanos, Math.round((ms - seconds * 1_000) * 1e6));
    message.bytes(field, time.written);
  }

  /** Writes a series: its labels, and `#value` as a field. */
  #metric(labels: Buffer, field: number): void {
    const arena = this.#arena;
    const { written: value } = this.#value;
    const inner = labels.length + 1 + varintBytes(value.length) + value.length;
    arena.room(inner + 2 * LENGTH_BYTES);
    const { bytes } = arena;
    let { at } = arena;
    bytes[at++] = FAMILY.metric * 8 + 2;
    at = writeVarint(bytes, at, inner);
    bytes.set(labels, at);
    at += labels.length;
    bytes[at++] = field * 8 + 2;
    at = writeVarint(bytes, at, value.length);
    bytes.set(value, at);
    arena.at = at + value.length;
  }

  #memo({ memo }: Member, attributes: Attributes): SeriesMemo {
    return (
      memo.next(attributes) ?? memo.add(attributes, seriesMemo(labelPairs(memo.labels(attributes))))
    );
  }
}

/** Encodes labels as fields of a Metric. */
function labelPairs(labels: readonly Label[]): Buffer {
  const message = new Message();
  for (const [name, value] of labels) message.bytes(METRIC.label, pair(name, value));
  return Buffer.from(message.written);
}

function pair(name: string, value: string): Buffer {
  const message = new Message();
  message.text(PAIR.name, name);
  message.text(PAIR.value, value);
  return message.written;
}

function varintBytes(value: number): number {
  return value < 0x80
    ? 1
    : value < 0x4000
      ? 2
      : value < 0x20_0000
        ? 3
        : value < 0x1000_0000
          ? 4
          : 5;
}
