import { InvalidOptionError } from "../shared/errors.ts";

/** A 64-bit unsigned id as a caller may write it: `0x` text, decimal text, or a bigint. */
export type IdInput = bigint | string;

const MAX_ID = 0xffff_ffff_ffff_ffffn;
/** Decimal text with a zero in front means one thing here and another in C, so it is none. */
const ID_TEXT = /^(?:0x[0-9a-f]{1,16}|0|[1-9][0-9]{0,19})$/i;

/**
 * The id that `value` means.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for anything but a uint64; a JavaScript
 *   number is refused too, because it cannot hold every id.
 */
export function parseId(option: string, value: unknown): bigint {
  const id =
    typeof value === "bigint"
      ? value
      : typeof value === "string" && ID_TEXT.test(value.trim())
        ? BigInt(value.trim())
        : undefined;
  if (id === undefined || id < 0n || id > MAX_ID) {
    throw new InvalidOptionError(
      option,
      "an unsigned 64-bit id (a bigint, decimal text without a leading zero, or text with 0x)",
      value,
    );
  }
  return id;
}

/** Like {@link parseId}; zero, which means "none", is refused. */
export function parseNonZeroId(option: string, value: unknown): bigint {
  const id = parseId(option, value);
  if (id === 0n) throw new InvalidOptionError(option, "an id other than zero", value);
  return id;
}

/** The id as OysterPack writes it in names and labels: lower-case hex, unpadded, without `0x`. */
export function formatId(id: bigint): string {
  return id.toString(16);
}

/** The id as messages write it, so that a reader finds it in the code: `0xa1`. */
export function showId(id: bigint): string {
  return `0x${formatId(id)}`;
}

/** An id that stands for a text: its first 64 bits under SHA-256, never zero. */
export function idOfText(text: string): bigint {
  const { createHash } = process.getBuiltinModule("node:crypto");
  return idOfBytes(createHash("sha256").update(text, "utf8").digest());
}

/** A fresh id: 64 random bits, never zero. */
export function randomId(): bigint {
  return idOfBytes(process.getBuiltinModule("node:crypto").randomBytes(8));
}

/** The id that the first eight bytes mean; zero, which means "none", becomes one. */
export function idOfBytes(bytes: Buffer): bigint {
  return bytes.readBigUInt64BE(0) || 1n;
}
