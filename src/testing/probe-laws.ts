import assert from "node:assert/strict";
import type { SkippedLaw, TestFunction } from "./allocator-laws.ts";
import { type ProbeLaw, ProbeScene, type ProbeSubject } from "./probe-laws/law.ts";
import { resultLaws } from "./probe-laws/results.ts";
import { runLaws } from "./probe-laws/runs.ts";

export type { ProbeSubject } from "./probe-laws/law.ts";

/** Options of {@link probeLaws}. */
export interface ProbeLawsOptions {
  /** A probe with targets of its own. Called once for each law. */
  create(): ProbeSubject | Promise<ProbeSubject>;
  /** How long a law waits for what should happen soon, in milliseconds. @default 10000 */
  readonly patienceMs?: number;
  /** Laws that do not apply, and why; shown as skipped tests. */
  readonly skip?: readonly SkippedLaw[];
}

const LAWS: readonly ProbeLaw[] = [...resultLaws, ...runLaws];

/** The names of all laws, in the order in which they are tested. */
export const probeLawNames: readonly string[] = LAWS.map(({ name }) => name);

/**
 * Tests that a probe obeys the contract of `Probe`: one test for each law.
 *
 * ```ts
 * probeLaws(test, { create: () => ({ probe: myProbe(), healthy, failing, silent }) });
 * ```
 * @throws AssertionError where `skip` names a law that there is not
 */
export function probeLaws(test: TestFunction, options: ProbeLawsOptions): void {
  const reasons = new Map(options.skip?.map(({ law, reason }) => [law, reason]));
  for (const law of reasons.keys()) {
    assert.ok(probeLawNames.includes(law), `There is no law "${law}" to skip`);
  }
  for (const law of LAWS) {
    const reason = reasons.get(law.name);
    if (reason === undefined) test(law.name, () => prove(law, options));
    else test(`${law.name} (skipped: ${reason})`, async () => {});
  }
}

async function prove(law: ProbeLaw, options: ProbeLawsOptions): Promise<void> {
  const subject = await options.create();
  try {
    await law.run(new ProbeScene(subject, options.patienceMs ?? 10_000));
  } finally {
    await subject.probe.close?.();
    await subject.dispose?.();
  }
}
