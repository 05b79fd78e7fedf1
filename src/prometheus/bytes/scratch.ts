/** A buffer in which one piece of text is put together before it is copied. The next piece reuses it. */
export class Scratch {
  bytes: Buffer = Buffer.allocUnsafe(4_096);
  /** The position of the next byte. */
  at = 0;

  clear(): this {
    this.at = 0;
    return this;
  }

  /** Makes sure that `size` bytes fit at `at`. */
  room(size: number): void {
    if (this.at + size <= this.bytes.length) return;
    const bytes = Buffer.allocUnsafe(Math.max(this.at + size, 2 * this.bytes.length));
    bytes.set(this.bytes.subarray(0, this.at));
    this.bytes = bytes;
  }

  put(piece: Uint8Array): void {
    this.room(piece.length);
    const { bytes, at } = this;
    // A call costs as much as about forty bytes.
    if (piece.length > 40) bytes.set(piece, at);
    else for (let index = 0; index < piece.length; index++) bytes[at + index] = piece[index]!;
    this.at = at + piece.length;
  }
}

/** Copies the first `length` bytes. A part of a buffer is an object, which costs as much as some 200 bytes. */
export function copyBytes(from: Buffer, length: number, to: Buffer, at: number): void {
  if (length > 200) to.set(from.subarray(0, length), at);
  else for (let index = 0; index < length; index++) to[at + index] = from[index]!;
}
