import { type Spread, spreadOf } from "./spread.ts";

/** Allocations of a sample stay below this, so that no garbage is collected within it. */
const SAMPLE_BYTES = 128 * 1024;
const MAX_OPERATIONS = 20_000;
const MAX_SAMPLES = 31;

/**
 * The bytes that an operation allocates, its arguments included. V8 counts allocated objects exactly,
 * and a garbage collection before each sample leaves its young generation empty, so the resolution is
 * what else is allocated meanwhile: some 100 bytes a sample, which is below 0.01 bytes an operation for
 * one that allocates nothing, and 1 byte for one that allocates 1,400.
 */
export function bytesPerOperation(run: (count: number) => unknown, rounds: number): Spread {
  const samples = Math.min(MAX_SAMPLES, rounds);
  const gc = globalThis.gc;
  if (gc === undefined) throw new Error("Bytes are measured under node --expose-gc");
  const sample = (count: number): number => {
    gc();
    const before = process.memoryUsage().heapUsed;
    run(count);
    return process.memoryUsage().heapUsed - before;
  };
  const idle = spreadOf(Array.from({ length: samples }, () => sample(0))).median;
  const estimate = spreadOf(Array.from({ length: samples }, () => sample(50) - idle)).median / 50;
  const count = Math.floor(Math.min(MAX_OPERATIONS, SAMPLE_BYTES / Math.max(estimate, 1)));
  return spreadOf(Array.from({ length: samples }, () => (sample(count) - idle) / count));
}
