/** Wire types of protobuf. */
const VARINT = 0;
const DOUBLE = 1;
const BYTES = 2;

/** A buffer for one protobuf message. It is reused for the next message. */
export class Message {
  #bytes = Buffer.allocUnsafe(256);
  #at = 0;

  /** The bytes written so far. The next write may overwrite them. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  get length(): number {
    return this.#at;
  }

  clear(): this {
    this.#at = 0;
    return this;
  }

  varint(field: number, value: number): void {
    this.#room(20);
    this.#tag(field, VARINT);
    this.#at = writeVarint(this.#bytes, this.#at, value);
  }

  /** A signed number in protobuf's zigzag encoding. */
  signed(field: number, value: number): void {
    this.varint(field, zigzag(value));
  }

  double(field: number, value: number): void {
    this.#room(10);
    this.#tag(field, DOUBLE);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  bytes(field: number, bytes: Uint8Array): void {
    this.#room(12 + bytes.length);
    this.#tag(field, BYTES);
    this.#at = writeVarint(this.#bytes, this.#at, bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  text(field: number, text: string): void {
    this.bytes(field, Buffer.from(text));
  }

  /** Writes signed numbers as one packed field. */
  packed(field: number, values: readonly number[]): void {
    const packed = Buffer.allocUnsafe(values.length * 10);
    let at = 0;
    for (const value of values) at = writeVarint(packed, at, zigzag(value));
    this.bytes(field, packed.subarray(0, at));
  }

  #tag(field: number, type: number): void {
    this.#at = writeVarint(this.#bytes, this.#at, field * 8 + type);
  }

  #room(size: number): void {
    if (this.#at + size <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + size));
    grown.set(this.written);
    this.#bytes = grown;
  }
}

/** Writes a whole number of at most 2^53. @returns the position of the next byte */
export function writeVarint(bytes: Buffer, at: number, value: number): number {
  let rest = value;
  let next = at;
  while (rest >= 0x80) {
    bytes[next++] = (rest % 0x80) + 0x80;
    rest = Math.floor(rest / 0x80);
  }
  bytes[next++] = rest;
  return next;
}

function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}
