import { ProbeError } from "../../errors.ts";

/** The most compression pointers in one name; more must be a loop. */
const MAX_POINTERS = 64;
const MAX_NAME_LENGTH = 255;

/** Reads the parts of a DNS message one after the other. Incomplete or invalid data is a `protocol_error`. */
export class MessageReader {
  readonly #bytes: DataView;
  /** Where the next part begins. */
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  uint8(): number {
    return this.#bytes.getUint8(this.skip(1));
  }

  uint16(): number {
    return this.#bytes.getUint16(this.skip(2));
  }

  uint32(): number {
    return this.#bytes.getUint32(this.skip(4));
  }

  bytes(length: number): Buffer {
    const from = this.skip(length);
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + from, length);
  }

  /** Skips `length` bytes. @returns the position of the first one */
  skip(length: number): number {
    const from = this.at;
    if (from + length > this.#bytes.byteLength) throw cutOff();
    this.at = from + length;
    return from;
  }

  /** A length byte, and a text of that many bytes. */
  text(): string {
    const bytes = this.bytes(this.uint8());
    return `"${[...bytes].map(inText).join("")}"`;
  }

  /** A domain name, with a dot at its end. */
  name(): string {
    const labels: string[] = [];
    let length = 0;
    let back: number | undefined;
    for (let pointers = 0; ;) {
      const size = this.uint8();
      if (size === 0) break;
      if (size >= 0xc0) {
        const to = ((size & 0x3f) << 8) | this.uint8();
        back ??= this.at;
        if (++pointers > MAX_POINTERS) throw wrong("A name has a pointer loop");
        this.at = to;
        continue;
      }
      if (size > 63 || (length += size + 1) > MAX_NAME_LENGTH) throw wrong("A name is too long");
      labels.push([...this.bytes(size)].map(inName).join(""));
    }
    if (back !== undefined) this.at = back;
    return `${labels.join(".")}.`;
  }
}

function cutOff(): ProbeError {
  return wrong("The answer is incomplete");
}

function wrong(message: string): ProbeError {
  return new ProbeError("protocol_error", message);
}

/** As zone files write it (RFC 1035, section 5.1). */
function inName(byte: number): string {
  const character = String.fromCharCode(byte);
  if (byte < 0x21 || byte > 0x7e) return `\\${String(byte).padStart(3, "0")}`;
  return /[.\\"();@$]/.test(character) ? `\\${character}` : character;
}

function inText(byte: number): string {
  const character = String.fromCharCode(byte);
  if (byte < 0x20 || byte > 0x7e) return `\\${String(byte).padStart(3, "0")}`;
  return /["\\]/.test(character) ? `\\${character}` : character;
}
