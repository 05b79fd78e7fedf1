/**
 * A pseudo-random number from 0 up to, but not including, 1. It depends only on `seed` and `index`. It mixes both
 * with the 32-bit finaliser of MurmurHash3.
 */
export function seeded(seed: number, index: number): number {
  return mix(mix(seed) ^ Math.imul(index + 1, 0x9e3779b1)) / 0x1_0000_0000;
}

function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
