/** The finest scale of the OpenTelemetry specification's algorithm. */
export const MAX_SCALE = 20;

const SMALLEST_NORMAL = 2 ** -1022;
const bits = new DataView(new ArrayBuffer(8));

/**
 * Returns the index of the bucket for `value`, which must be above zero. Bucket i takes values above base^i,
 * up to and including base^(i+1), with base = 2^(2^-scale). It uses the specification's "logarithm" method
 * for scales above zero and the "exponent" method for the others. Powers of two are exact.
 */
export function exponentialIndex(value: number, scale: number): number {
  if (scale <= 0) return exponentIndex(value) >> -scale;
  const smallest = -1022 * 2 ** scale;
  if (value <= SMALLEST_NORMAL) return smallest - 1;
  bits.setFloat64(0, value);
  const isPowerOfTwo = bits.getUint32(4) === 0 && (bits.getUint32(0) & 0xfffff) === 0;
  if (isPowerOfTwo) return base2Exponent() * 2 ** scale - 1;
  const index = Math.floor(Math.log(value) * Math.LOG2E * 2 ** scale);
  return Math.min(index, 1024 * 2 ** scale - 1);
}

/** Returns the index at scale zero: the exponent of the largest power of two below the value. */
function exponentIndex(value: number): number {
  if (value < SMALLEST_NORMAL) return -1023;
  bits.setFloat64(0, value);
  const isPowerOfTwo = bits.getUint32(4) === 0 && (bits.getUint32(0) & 0xfffff) === 0;
  return base2Exponent() - (isPowerOfTwo ? 1 : 0);
}

/** Returns the exponent of the number in `bits`. */
function base2Exponent(): number {
  return ((bits.getUint32(0) >>> 20) & 0x7ff) - 1023;
}
