import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { callLaws } from "./allocator-laws/calls.ts";
import { concurrentLaws } from "./allocator-laws/concurrent.ts";
import { distributeLaws } from "./allocator-laws/distribute.ts";
import { epochLaws } from "./allocator-laws/epochs.ts";
import { expiryLaws } from "./allocator-laws/expiry.ts";
import { forgottenLaws } from "./allocator-laws/forgotten.ts";
import { fullLaws } from "./allocator-laws/full.ts";
import { Scene, type AllocatorSubject, type Law } from "./allocator-laws/law.ts";
import { listLaws } from "./allocator-laws/lists.ts";
import { lostLaws } from "./allocator-laws/lost.ts";
import { releaseLaws } from "./allocator-laws/release.ts";
import { renewLaws } from "./allocator-laws/renew.ts";
import { sequenceLaws } from "./allocator-laws/sequence.ts";
import { targetLaws } from "./allocator-laws/targets.ts";

export type { AllocatorSubject } from "./allocator-laws/law.ts";

/** Options of {@link allocatorLaws}. */
export interface AllocatorLawsOptions {
  /** An allocator on an empty namespace. Called once for each law. */
  create(): AllocatorSubject | Promise<AllocatorSubject>;
  /**
   * The resolution of the store's holds, in milliseconds: a hold of `n` of these has expired after `n + 1`.
   * The laws use holds of 6. @default 200
   */
  readonly leaseGranularityMs?: number;
  /** Moves the store's clock. Absent, the laws really wait; some need 2 seconds then. */
  advance?(ms: number): void | Promise<void>;
  /** Laws that do not apply, and why; shown as skipped tests. */
  readonly skip?: readonly SkippedLaw[];
}

/** A law that does not hold for an allocator. */
export interface SkippedLaw {
  /** Its name, one of {@link allocatorLawNames}. */
  readonly law: string;
  readonly reason: string;
}

/** `test` of vitest, `node:test` or another runner. */
export type TestFunction = (name: string, run: () => Promise<void>) => unknown;

const LAWS: readonly Law[] = [
  ...distributeLaws,
  ...concurrentLaws,
  ...renewLaws,
  ...expiryLaws,
  ...releaseLaws,
  ...lostLaws,
  ...fullLaws,
  ...sequenceLaws,
  ...targetLaws,
  ...forgottenLaws,
  ...epochLaws,
  ...listLaws,
  ...callLaws,
];

/** A short hold, in steps of the store's clock. */
const SHORT_HOLD_STEPS = 6;

/** The names of all laws, in the order in which they are tested. */
export const allocatorLawNames: readonly string[] = LAWS.map(({ name }) => name);

/**
 * Tests that an allocator obeys the contract of `TaskNumAllocator`: one test for each law.
 *
 * ```ts
 * allocatorLaws(test, { create: () => ({ allocator: myAllocator({ prefix: randomUUID() }) }) });
 * ```
 * @throws AssertionError where `skip` names a law that there is not
 */
export function allocatorLaws(test: TestFunction, options: AllocatorLawsOptions): void {
  const reasons = new Map(options.skip?.map(({ law, reason }) => [law, reason]));
  for (const law of reasons.keys()) {
    assert.ok(allocatorLawNames.includes(law), `There is no law "${law}" to skip`);
  }
  for (const law of LAWS) {
    const reason = reasons.get(law.name);
    if (reason === undefined) test(law.name, () => prove(law, options));
    else test(`${law.name} (skipped: ${reason})`, async () => {});
  }
}

async function prove(law: Law, options: AllocatorLawsOptions): Promise<void> {
  const stepMs = options.leaseGranularityMs ?? 200;
  const shortHoldMs = SHORT_HOLD_STEPS * stepMs;
  const subject = await options.create();
  try {
    const another = (await subject.another?.()) ?? subject.allocator;
    const pass = async (holds: number): Promise<void> => {
      const ms = holds * shortHoldMs + (holds < 1 ? 0 : stepMs);
      if (options.advance === undefined) await sleep(ms);
      else await options.advance(ms);
    };
    await law.run(new Scene(subject, another, shortHoldMs, pass));
  } finally {
    await subject.dispose?.();
  }
}
