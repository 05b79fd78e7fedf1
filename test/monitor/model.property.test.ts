import fc from "fast-check";
import { expect, it } from "vitest";
import { createMonitoredService, MonitorProbeError } from "../../src/monitor/index.ts";
import { ProbeError } from "../../src/probe/index.ts";
import { manualClock } from "../../src/testing/index.ts";

type Answer = "up" | "down" | "error";

type Step =
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "answer"; readonly answer: Answer }
  | { readonly do: "status" | "reprobe" | "setUp" | "failed" | "answered" | "peek" };

interface Rules {
  readonly graceMs: number;
  readonly floorMs: number;
  readonly rise: number;
  readonly fall: number;
  readonly passiveFall: number;
}

const rules = fc.record<Rules>({
  graceMs: fc.constantFrom(0, 1, 500, 1_000),
  floorMs: fc.constantFrom(0, 1, 250, 2_000),
  rise: fc.integer({ min: 1, max: 3 }),
  fall: fc.integer({ min: 1, max: 3 }),
  passiveFall: fc.integer({ min: 1, max: 2 }),
});

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant("advance" as const),
      // Those at which something ends, and those beside.
      ms: fc.constantFrom(0, 1, 2, 249, 250, 251, 499, 500, 501, 999, 1_000, 1_001, 2_000),
    }),
    fc.record({
      do: fc.constant("answer" as const),
      answer: fc.constantFrom<Answer>("up", "down", "error"),
    }),
    fc.record({
      do: fc.constantFrom(
        ...(["status", "status", "reprobe", "setUp"] as const),
        ...(["failed", "failed", "failed", "answered", "peek"] as const),
      ),
    }),
  ),
  { maxLength: 40 },
);

/** What happened that says something about the service. */
type Event = { readonly at: number } & (
  | { readonly kind: "probe"; readonly answer: Answer }
  | { readonly kind: "setUp" | "failed" | "answered" }
);

/** The rules as the documentation tells them, read anew from the whole history at each question. */
class Model {
  readonly #rules: Rules;
  readonly #history: Event[] = [];

  constructor(given: Rules) {
    this.#rules = given;
  }

  happened(event: Event): void {
    this.#history.push(event);
  }

  get isUp(): boolean {
    const { rise, fall } = this.#rules;
    let up: boolean | undefined;
    let contrary = 0;
    for (const event of this.#history) {
      if (event.kind === "setUp") [up, contrary] = [true, 0];
      if (event.kind !== "probe") continue;
      const found = event.answer === "up";
      contrary = up === found ? 0 : contrary + 1;
      if (up === undefined || contrary >= (found ? rise : fall)) [up, contrary] = [found, 0];
    }
    return up === true;
  }

  /** Whether the service is answered without a probe. */
  isHeld(now: number): boolean {
    const stamp = this.#history.findLastIndex(({ kind }) => kind === "probe" || kind === "setUp");
    const last = this.#history[stamp];
    if (last === undefined) return false;
    const { graceMs, floorMs } = this.#rules;
    if (!this.isUp) return now < last.at + floorMs;
    const agrees = last.kind === "setUp" || (last.kind === "probe" && last.answer === "up");
    const inGrace = graceMs > 0 && now <= last.at + graceMs;
    const inFloor = floorMs > 0 && now <= last.at + floorMs;
    if (!agrees) return inFloor;
    return this.#hasFailedPassively(stamp) ? inGrace && inFloor : inGrace;
  }

  /** Whether the state rests on a probe that could not be made. */
  get isError(): boolean {
    const last = this.#history.findLast(({ kind }) => kind === "probe" || kind === "setUp");
    return !this.isUp && last?.kind === "probe" && last.answer === "error";
  }

  #hasFailedPassively(since: number): boolean {
    let row = 0;
    let lapsed = false;
    for (const { kind } of this.#history.slice(since + 1)) {
      row = kind === "failed" ? row + 1 : 0;
      lapsed ||= row >= this.#rules.passiveFall;
    }
    return lapsed;
  }
}

it("does what the documentation says, whatever happens", async () => {
  await fc.assert(
    fc.asyncProperty(rules, steps, async (given, actions) => {
      const clock = manualClock();
      const model = new Model(given);
      let answer: Answer = "up";
      let probes = 0;
      const service = createMonitoredService({
        ...{ name: "wiki", url: "http://wiki", clock, ...given },
        probe: () => {
          probes++;
          model.happened({ at: clock.now(), kind: "probe", answer });
          if (answer === "down") throw new Error("down");
          if (answer === "error") throw new ProbeError("dns_not_found", "no such name");
        },
      });
      const check = async (ask: () => Promise<boolean>): Promise<void> => {
        const got = await ask().catch((error: unknown) => error);
        if (model.isError) expect(got).toBeInstanceOf(MonitorProbeError);
        else expect(got).toBe(model.isUp);
      };
      for (const step of actions) {
        const before = probes;
        switch (step.do) {
          case "advance":
            await clock.advance(step.ms);
            break;
          case "answer":
            ({ answer } = step);
            break;
          case "status": {
            const isHeld = model.isHeld(clock.now());
            await check(() => service.status());
            expect(probes - before).toBe(isHeld ? 0 : 1);
            break;
          }
          case "reprobe":
            await check(() => service.reprobe());
            expect(probes - before).toBe(1);
            break;
          case "setUp":
            model.happened({ at: clock.now(), kind: "setUp" });
            service.setUp();
            break;
          case "failed":
          case "answered":
            if (model.isUp) model.happened({ at: clock.now(), kind: step.do });
            service.observe(step.do);
            break;
          case "peek":
            break;
        }
        const known = model.isHeld(clock.now()) && !model.isError ? model.isUp : undefined;
        expect(service.peek()).toBe(known);
      }
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 300 },
  );
});

type Call =
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "status" | "reprobe" | "wait" | "setUp" | "abort" }
  | { readonly do: "answer"; readonly up: boolean };

const calls: fc.Arbitrary<Call[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.nat(400) }) },
    fc.record({
      do: fc.constantFrom(...(["status", "reprobe", "wait", "setUp", "abort"] as const)),
    }),
    fc.record({ do: fc.constant("answer" as const), up: fc.boolean() }),
  ),
  { maxLength: 30 },
);

it("probes once at a time, by the order of what was asked and said, and leaves nobody waiting", async () => {
  await fc.assert(
    fc.asyncProperty(calls, fc.constantFrom(0, 250), async (actions, floorMs) => {
      const clock = manualClock();
      let up = true;
      let running = 0;
      let most = 0;
      const stale: number[] = [];
      const begun: number[] = [];
      let turn = 0;
      const service = createMonitoredService({
        ...{ name: "wiki", url: "http://wiki", clock, graceMs: 300, floorMs, timeoutMs: 600 },
        probe: async () => {
          most = Math.max(most, ++running);
          begun.push(turn);
          const found = up;
          await new Promise<void>((resolve) => void clock.after(100, resolve));
          running--;
          if (!found) throw new Error("down");
        },
      });
      let open = 0;
      const track = (promise: Promise<unknown>): void => {
        open++;
        void promise.catch(() => undefined).finally(() => open--);
      };
      let controller = new AbortController();
      for (const call of actions) {
        turn++;
        const asked = turn;
        switch (call.do) {
          case "advance":
            await clock.advance(call.ms);
            break;
          case "answer":
            ({ up } = call);
            break;
          case "status":
            track(service.status({ signal: controller.signal }));
            break;
          case "reprobe":
            // What it gives was found by a probe that began no earlier than it was asked for.
            track(service.reprobe().then(() => void (begun.at(-1)! < asked && stale.push(asked))));
            break;
          case "wait":
            track(service.waitUntilUp({ waitMs: 1_000, signal: controller.signal }));
            break;
          case "setUp":
            service.setUp();
            expect(service.peek()).toBe(true);
            break;
          case "abort":
            controller.abort(new Error("enough"));
            controller = new AbortController();
            break;
        }
      }
      await clock.advance(3_000);
      expect({ open, running, stale }).toEqual({ open: 0, running: 0, stale: [] });
      expect(most).toBeLessThanOrEqual(1);
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 100 },
  );
});
