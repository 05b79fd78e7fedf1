import {
  createProbes,
  type Probe,
  type ProbeOptions,
  type Probes,
  type ProbeResult,
  type ProbesOptions,
  type Target,
} from "../../src/probe/index.ts";
import type { Clock } from "../../src/shared/clock.ts";
import { type ManualClock, manualClock } from "../../src/testing/manual-clock.ts";
import { type Collector, collector } from "./stats/harness.ts";

/** A probe whose answers a test decides. */
export interface FakeProbe extends Probe {
  /** The targets that were probed, in order. */
  readonly calls: string[];
  /** The targets that it was to let go of; undefined for all. */
  readonly closed: (string | undefined)[];
  /** How many runs are under way. */
  underWay: number;
  /** The most that were under way at one time. */
  most: number;
  /** What a run gives; throws for a failure. */
  answer: (target: Target, signal: AbortSignal) => ProbeResult | Promise<ProbeResult>;
}

export function fakeProbe(more: Partial<Probe> = {}): FakeProbe {
  const probe: FakeProbe = {
    type: "fake",
    ...more,
    ...{ calls: [], closed: [], underWay: 0, most: 0 },
    answer: () => ({ success: true, latencyMs: 10 }),
    async run(target, { signal }) {
      probe.calls.push(target.name);
      probe.underWay++;
      probe.most = Math.max(probe.most, probe.underWay);
      try {
        return await probe.answer(target, signal);
      } finally {
        probe.underWay--;
      }
    },
    close: (target) => void probe.closed.push(target?.name),
  };
  return probe;
}

/** Probes on a manual clock, and a reader of their metrics. */
export interface Setup extends Collector {
  readonly probes: Probes;
  readonly clock: ManualClock;
  readonly probe: FakeProbe;
  /** Adds the fake probe under the name `p`, each second, without spread. */
  add(options?: Partial<ProbeOptions>): void;
  /** The states of all targets by name. */
  states(): Record<string, string>;
}

export function setup(options: ProbesOptions = {}): Setup {
  const clock = manualClock();
  const probes = createProbes({ clock, ...options });
  const probe = fakeProbe();
  return {
    ...{ probes, clock, probe },
    add: (more) =>
      probes.add({
        ...{ name: "p", probe, targets: ["a"], intervalMs: 1_000, timeoutMs: 500, spread: false },
        ...more,
      }),
    states: () =>
      Object.fromEntries(probes.results().map(({ target, state }) => [target.name, state])),
    ...collector(probes.registry),
  };
}

/** A run that ends when the test's clock has moved on by so much. */
export function after(clock: Clock, ms: number): Promise<ProbeResult> {
  return new Promise((resolve) => clock.after(ms, () => resolve({ success: true, latencyMs: ms })));
}
