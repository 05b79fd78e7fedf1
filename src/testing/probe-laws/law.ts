import assert from "node:assert/strict";
import type { Probe, ProbeResult, Target } from "../../probe/contract.ts";
import { type Clock, systemClock } from "../../shared/clock.ts";

/** One sentence that holds for every probe, and the proof that it holds for this one. */
export interface ProbeLaw {
  readonly name: string;
  /** Fails with an `AssertionError`. */
  run(scene: ProbeScene): Promise<void>;
}

/** A probe, and targets that it is tried on. */
export interface ProbeSubject {
  readonly probe: Probe;
  /** A target that passes. */
  readonly healthy: Target;
  /** A target that fails soon. */
  readonly failing: Target;
  /**
   * A target that never answers. Absent where there can be none, as with a function that has no wait: name
   * the laws of it in `skip` then.
   */
  readonly silent?: Target;
  /** Called after the law, also when it failed. */
  dispose?(): void | Promise<void>;
}

/** No law needs longer than this for a target that answers. */
const TIMEOUT_MS = 20_000;
/** The subject of a law, and ways to run it. */
export class ProbeScene {
  readonly probe: Probe;
  readonly healthy: Target;
  readonly failing: Target;
  readonly #silent: Target | undefined;
  readonly #clock: Clock = systemClock();
  readonly #patienceMs: number;

  /** @param patienceMs how long to wait for what should happen soon */
  constructor({ probe, healthy, failing, silent }: ProbeSubject, patienceMs: number) {
    this.#patienceMs = patienceMs;
    this.probe = probe;
    this.healthy = healthy;
    this.failing = failing;
    this.#silent = silent;
  }

  get silent(): Target {
    assert.ok(
      this.#silent,
      "create() gives no silent target: give one, or skip this law and say why there is none",
    );
    return this.#silent;
  }

  /** One run as the engine makes it: an error is a result, too. */
  async ask(
    target: Target,
    signal: AbortSignal = AbortSignal.timeout(TIMEOUT_MS),
  ): Promise<ProbeResult> {
    try {
      return await this.probe.run(target, { signal, timeoutMs: TIMEOUT_MS, clock: this.#clock });
    } catch (error) {
      assert.ok(error instanceof Error, "run() rejected with something that is no Error");
      return { success: false, error };
    }
  }

  /** Like {@link ProbeScene.ask}; fails where the target does. */
  async passes(target: Target = this.healthy): Promise<ProbeResult> {
    const result = await this.ask(target);
    assert.ok(result.success, `the healthy target failed: ${result.error?.message}`);
    return result;
  }

  /** Settles with `promise`; fails where that takes too long. */
  async soon<T>(promise: Promise<T>, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(
          new assert.AssertionError({ message: `${what} took longer than ${this.#patienceMs} ms` }),
        );
      }, this.#patienceMs);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Fails where more of the process goes on after `work` than before: sockets, timers, children. */
  async leavesNothing(work: () => Promise<unknown>): Promise<void> {
    const before = await census();
    await work();
    const deadline = performance.now() + this.#patienceMs;
    let left = await beyond(before);
    while (left.length > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      left = await beyond(before);
    }
    assert.deepEqual(left, [], `still there ${this.#patienceMs} ms after the run`);
  }
}

/** Of the kinds that a probe could leave behind; a file or a name that is looked up ends by itself. */
const KINDS = /^(?:TCPSOCKETWRAP|TCPConnectWrap|TLSWRAP|PIPEWRAP|UDPWRAP|PROCESSWRAP|Timeout)$/i;

async function census(): Promise<Map<string, number>> {
  // In the turn of a timer that timer counts still.
  await new Promise((resolve) => setImmediate(resolve));
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (KINDS.test(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

async function beyond(before: ReadonlyMap<string, number>): Promise<string[]> {
  const now = [...(await census())];
  return now.filter(([kind, count]) => count > (before.get(kind) ?? 0)).map(([kind]) => kind);
}
