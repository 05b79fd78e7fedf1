import type { ExponentialReading, HistogramReading, SeriesReading } from "../../points/streams.ts";
import type { Exemplar } from "../../points/types.ts";
import { EXPONENTIAL_HISTOGRAM, HISTOGRAM } from "../../points/types.ts";
import type { FamilyType, Member } from "../families.ts";
import { isHex } from "../text/exemplar.ts";
import {
  BUCKET,
  COUNTER,
  EXEMPLAR,
  GAUGE,
  HISTOGRAM as HISTOGRAM_FIELDS,
  METRIC,
  SPAN,
  TIMESTAMP,
} from "./fields.ts";
import { pair } from "./label-pairs.ts";
import { Message } from "./message.ts";
import { type NativeSide, nativeBuckets } from "./native-buckets.ts";

/** Encodes the value of one series after the other: a counter, a gauge or a histogram. */
export class ValueEncoder {
  readonly #nativeHistograms: boolean;
  /** Buffers for the value, its parts, and their details. */
  readonly #value = new Message();
  readonly #part = new Message();
  readonly #detail = new Message();

  constructor(nativeHistograms: boolean) {
    this.#nativeHistograms = nativeHistograms;
  }

  /** The last encoded value; the next one takes its place. */
  get written(): Buffer {
    return this.#value.written;
  }

  /** Encodes a gauge. @returns the number of its field in the metric */
  gauge(value: number): number {
    this.#value.clear().double(GAUGE.value, value);
    return METRIC.gauge;
  }

  /** Encodes the value of a series. @returns the number of its field in the metric; undefined without a value */
  encode({ stream }: Member, type: FamilyType, reading: SeriesReading): number | undefined {
    switch (stream.type) {
      case HISTOGRAM: {
        const value = reading.histogram();
        if (value === undefined) return undefined;
        const native = this.#nativeHistograms ? reading.exponential() : undefined;
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
        return this.#number(type, reading);
    }
  }

  #number(type: FamilyType, reading: SeriesReading): number | undefined {
    const value = reading.number();
    if (value === undefined) return undefined;
    if (type === "gauge") return this.gauge(value);
    const message = this.#value.clear();
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
}
