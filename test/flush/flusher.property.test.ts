import fc from "fast-check";
import { expect, it } from "vitest";
import { Flusher, type FlushOutcome } from "../../src/flush/flusher.ts";
import { type ManualClock, manualClock } from "../../src/testing/manual-clock.ts";

const MINUTE = 60_000;
const TIMEOUT = 5_000;
const LONGEST = 640_000;

/** What the parts behind a flush do, from now on. */
interface Weather {
  readonly kind: "set";
  readonly result: "flushed" | "no_number" | "failed";
  /** How long they take; beyond the limit they do not heed their signal. */
  readonly takesMs: number;
}

type Step =
  | Weather
  | { readonly kind: "requests"; readonly count: number; readonly everyMs: number }
  | { readonly kind: "interval"; readonly ms: number }
  /** The process is stopped: the clock goes on, and timers fire when it goes on too. */
  | { readonly kind: "frozen"; readonly ms: number }
  | { readonly kind: "off and on"; readonly forMs: number };

const spans = (max: number): fc.Arbitrary<number> =>
  fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max }));

const weather: fc.Arbitrary<Weather> = fc.record({
  kind: fc.constant("set" as const),
  result: fc.constantFrom("flushed", "no_number", "failed"),
  takesMs: fc.oneof(spans(TIMEOUT - 1), spans(TIMEOUT * 4), fc.constant(Infinity)),
});
const quickSuccess = fc.record({
  kind: fc.constant("set" as const),
  result: fc.constantFrom("flushed" as const, "no_number" as const),
  takesMs: spans(TIMEOUT - 1),
});
const requests = fc.record({
  kind: fc.constant("requests" as const),
  count: fc.integer({ min: 1, max: 12 }),
  everyMs: spans(3 * MINUTE),
});
const interval = fc.record({
  kind: fc.constant("interval" as const),
  ms: fc.integer({ min: 1_000, max: 5 * MINUTE }),
});
const frozen = fc.record({ kind: fc.constant("frozen" as const), ms: spans(30 * MINUTE) });
const switching = fc.record({ kind: fc.constant("off and on" as const), forMs: spans(MINUTE) });

/** One flush as the world outside saw it. */
interface Flush {
  readonly startedMs: number;
  readonly weather: Weather;
  endedMs: number | undefined;
}

/** A service with requests, whose flushes do what the weather says. */
class Service {
  readonly clock: ManualClock = manualClock();
  /** What a process that was stopped finds its clock at. */
  stoppedMs = 0;
  readonly flushes: Flush[] = [];
  readonly asked: {
    readonly atMs: number;
    readonly outcome: FlushOutcome;
    readonly tookMs: number;
  }[] = [];
  intervalMs = MINUTE;
  enabled = true;
  weather: Weather = { kind: "set", result: "flushed", takesMs: 0 };
  readonly flusher = new Flusher({
    clock: { ...this.clock, now: () => this.nowMs },
    settings: () => ({
      enabled: this.enabled,
      flushIntervalMs: this.intervalMs,
      flushTimeoutMs: TIMEOUT,
    }),
    prepare: async () => ((await this.#happen("no_number")) ? "no_number" : "held"),
    flush: () => this.#export(),
  });

  get nowMs(): number {
    return this.clock.now() + this.stoppedMs;
  }

  /** A request that comes, and waits for its outcome beside the others. */
  async request(): Promise<void> {
    const atMs = this.nowMs;
    const asked = this.asked.length;
    const wasDue = this.flusher.isDue;
    const waiting = this.flusher.ifDue().then((outcome) => {
      this.asked[asked] = { atMs, outcome, tookMs: this.nowMs - atMs };
    });
    this.asked.push({ atMs, outcome: "under_way", tookMs: Number.NaN });
    expect(this.flusher.isDue, "one flush at most, at once").toBe(false);
    this.#waiting.push(waiting);
    await this.clock.advance(0);
    if (!wasDue) expect(this.asked[asked]!.tookMs, "others pass").toBe(0);
  }

  readonly #waiting: Promise<void>[] = [];

  async settled(): Promise<void> {
    await this.clock.advance(TIMEOUT);
    await Promise.all(this.#waiting);
  }

  async #happen(result: "no_number"): Promise<boolean> {
    if (this.weather.result !== result) return false;
    await this.#run();
    return true;
  }

  async #export(): Promise<void> {
    const { result } = this.weather;
    await this.#run();
    if (result === "failed") throw new Error("refused");
  }

  #run(): Promise<void> {
    const flush: Flush = { startedMs: this.nowMs, weather: this.weather, endedMs: undefined };
    this.flushes.push(flush);
    const { takesMs } = flush.weather;
    if (takesMs === Infinity) return new Promise(() => undefined);
    return new Promise((resolve) => {
      this.clock.after(takesMs, () => {
        flush.endedMs = this.nowMs;
        resolve();
      });
    });
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      if (step.kind === "set") this.weather = step;
      else if (step.kind === "interval") this.intervalMs = step.ms;
      else if (step.kind === "frozen") this.stoppedMs += step.ms;
      else if (step.kind === "off and on") {
        this.enabled = false;
        this.flusher.follow();
        await this.clock.advance(step.forMs);
        this.enabled = true;
        this.flusher.follow();
      } else {
        for (let count = 0; count < step.count; count++) {
          await this.request();
          await this.clock.advance(step.everyMs);
        }
      }
    }
    await this.settled();
  }
}

it("has at most one flush at a time, and keeps no request for longer than the limit", async () => {
  const steps = fc.array(fc.oneof(weather, requests, interval, frozen, switching), {
    maxLength: 20,
  });
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const service = new Service();
      await service.run(all);
      for (const { tookMs, outcome } of service.asked) {
        // A process that was stopped meanwhile could do nothing.
        expect(tookMs - service.stoppedMs).toBeLessThanOrEqual(TIMEOUT);
        if (outcome === "not_due" || outcome === "under_way") expect(tookMs).toBe(0);
      }
      for (const [index, flush] of service.flushes.entries()) {
        const next = service.flushes[index + 1];
        if (next === undefined) break;
        const ended = flush.endedMs ?? Infinity;
        const isLost = next.startedMs - flush.startedMs >= LONGEST;
        expect(isLost || ended <= next.startedMs, "two flushes at a time").toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

it("flushes with the first request after the interval, while there are no errors", async () => {
  const steps = fc.array(fc.oneof(quickSuccess, requests, frozen), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const service = new Service();
      await service.run(all);
      const { flushes, asked } = service;
      for (const { atMs } of asked) {
        const last = flushes.findLast(({ startedMs }) => startedMs <= atMs);
        expect(last, "no flush with the first request").toBeDefined();
        // It was itself the one, or one was under way, or it came too early.
        const isUnderWay = last!.endedMs === undefined || last!.endedMs >= atMs;
        const isEarly = atMs < last!.startedMs + MINUTE - 100;
        expect(last!.startedMs === atMs || isUnderWay || isEarly).toBe(true);
      }
      for (const [index, { startedMs }] of flushes.entries()) {
        if (index === 0) continue;
        const gap = startedMs - flushes[index - 1]!.startedMs;
        expect(gap, "sooner than the interval").toBeGreaterThanOrEqual(MINUTE - 100);
      }
    }),
    { numRuns: 300 },
  );
});

it("backs off within bounds, by the doubling of a reference", async () => {
  const failing = fc.array(
    fc.record({
      takesMs: spans(TIMEOUT * 2),
      result: fc.constantFrom("failed", "failed", "failed", "flushed", "no_number"),
    }),
    { minLength: 1, maxLength: 20 },
  );
  await fc.assert(
    fc.asyncProperty(
      failing,
      fc.integer({ min: 1_000, max: 5 * MINUTE }),
      async (all, intervalMs) => {
        const service = new Service();
        service.intervalMs = intervalMs;
        let retryMs = 5_000;
        for (const { takesMs, result } of all) {
          service.weather = { kind: "set", takesMs, result };
          const startedMs = service.nowMs;
          await service.request();
          await service.clock.advance(Math.max(takesMs, TIMEOUT));
          const failed = result === "failed" || takesMs >= TIMEOUT;
          // As the original has it.
          if (!failed) retryMs = 5_000;
          else if (retryMs < 600_000) retryMs *= 2;
          const { nextInMs, consecutiveFailures } = service.flusher.state;
          const dueMs = startedMs + (failed ? retryMs : intervalMs);
          expect(nextInMs).toBe(Math.max(0, dueMs - service.nowMs));
          expect(consecutiveFailures > 0).toBe(failed);
          expect(nextInMs).toBeLessThanOrEqual(failed ? LONGEST : intervalMs);
          await service.clock.advance(nextInMs!);
          expect(service.flusher.isDue).toBe(true);
        }
      },
    ),
    { numRuns: 200 },
  );
});
