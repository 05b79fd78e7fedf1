import type { Attributes } from "@opentelemetry/api";
import type { SeriesReading } from "../../points/streams.ts";
import type { Arena } from "../bytes/arena.ts";
import type { Family, FamilyType, Member } from "../families.ts";
import type { Label } from "../labels.ts";
import { type SeriesMemo, seriesMemo } from "../memo.ts";
import type { Seen } from "../seen.ts";
import type { Writer } from "../writer.ts";
import { FAMILY, TYPES } from "./fields.ts";
import { labelPairs } from "./label-pairs.ts";
import { Message, writeVarint } from "./message.ts";
import { ValueEncoder } from "./value-encoder.ts";

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
  readonly #value: ValueEncoder;
  readonly #head = new Message();
  #family!: Family;
  /** The place for the length of the family, and the position where the family begins. */
  #length!: Buffer;
  #start = 0;
  /** Whether the family's message is open: it opens with the first series. */
  #isOpen = false;

  constructor(arena: Arena, seen: Seen, options: ProtobufOptions) {
    this.#arena = arena;
    this.#seen = seen;
    this.#value = new ValueEncoder(options.nativeHistograms);
  }

  target(labels: readonly Label[]): void {
    this.#open("target_info", "Target metadata", "gauge", "");
    this.#metric(labelPairs(labels), this.#value.gauge(1));
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
    const { name, help, type, unit } = this.#family;
    const field = this.#value.encode(member, type, reading);
    if (field === undefined) return;
    const memo = this.#memo(member, reading.attributes);
    if (member.mayRepeat && !this.#seen.add(memo)) return;
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
    const head = this.#head.clear();
    head.text(FAMILY.name, name);
    if (help !== "") head.text(FAMILY.help, help.toWellFormed());
    head.varint(FAMILY.type, TYPES[type]);
    if (unit !== "") head.text(FAMILY.unit, unit);
    arena.put(head.written);
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
