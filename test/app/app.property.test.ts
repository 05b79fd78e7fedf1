import fc from "fast-check";
import { expect, it } from "vitest";
import { createApp, defineService, type ServiceSpec } from "../../src/app/index.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";

/** How a function of a service behaves: takes so long, or for ever; ends well, or throws. */
const behaviours = fc.record({
  ms: fc.oneof(
    { weight: 8, arbitrary: fc.nat(300) },
    { weight: 1, arbitrary: fc.constant(Infinity) },
  ),
  throws: fc.boolean().map((value) => value),
});
const rarely = fc.integer({ min: 0, max: 9 }).map((n) => n === 0);

const plans = fc.array(
  fc.record({
    needs: fc.array(fc.nat(9), { maxLength: 3 }),
    start: behaviours,
    startThrows: rarely,
    stop: behaviours,
    stopThrows: rarely,
    /** When its work ends by itself after its start, and whether with an error. */
    dies: fc.option(fc.record({ ms: fc.nat(500), error: fc.boolean() }), { freq: 5 }),
  }),
  { minLength: 1, maxLength: 10 },
);

const TIMEOUT_MS = 1_000;

it("keeps the order of dependencies, stops what started once, and ends in time, whatever services do", async () => {
  await fc.assert(
    fc.asyncProperty(plans, fc.nat(1_500), fc.boolean(), async (plan, killAtMs, signals) => {
      const clock = manualClock();
      const events: string[] = [];
      const sleep = (ms: number, throws: boolean): Promise<void> =>
        new Promise((resolve, reject) => {
          if (ms === Infinity) return;
          clock.after(ms, () => (throws ? reject(new Error("planned")) : resolve()));
        });
      const specs: ServiceSpec[] = [];
      for (const [index, { needs, start, startThrows, stop, stopThrows, dies }] of plan.entries()) {
        const name = `s${index}`;
        specs.push(
          defineService({
            id: BigInt(index + 1),
            name,
            dependsOn: needs.filter((at) => at < index).map((at) => BigInt(at + 1)),
            startTimeoutMs: 400,
            stopTimeoutMs: 400,
            whenDead: "ignore",
            async start() {
              events.push(`begin ${name}`);
              await sleep(start.ms, startThrows);
              events.push(`started ${name}`);
            },
            async run({ signal }) {
              if (dies !== null) return sleep(dies.ms, dies.error);
              await new Promise<void>((resolve) => {
                if (signal.aborted) resolve();
                signal.addEventListener("abort", () => resolve(), { once: true });
              });
            },
            async stop() {
              events.push(`stop ${name}`);
              await sleep(stop.ms, stopThrows);
              events.push(`stopped ${name}`);
            },
          }),
        );
      }
      const app = createApp({ services: specs, clock, logger: { emit() {} } });
      const starting = app.start().catch(() => undefined);
      await clock.advance(killAtMs);
      const controller = new AbortController();
      const endBeganAtMs = clock.now();
      const hadEnded = app.state === "dying" || app.state === "dead";
      const ending = app.shutdown({ timeoutMs: TIMEOUT_MS, signal: controller.signal });
      if (signals) {
        await clock.advance(100);
        controller.abort();
      }
      await clock.advance(10_000);
      const report = await ending;
      await starting;

      // The deadline holds: of the end that had begun by itself, its own of 8 s.
      if (!hadEnded) expect(report.durationMs).toBeLessThanOrEqual(TIMEOUT_MS);
      if (!hadEnded && signals) expect(report.durationMs).toBeLessThanOrEqual(100);
      expect(app.state).toBe("dead");
      expect(clock.now() - endBeganAtMs).toBeGreaterThanOrEqual(0);
      for (const [index, spec] of specs.entries()) {
        const at = (what: string): number => events.indexOf(`${what} s${index}`);
        const count = (what: string): number =>
          events.filter((event) => event === `${what} s${index}`).length;
        // Begun once at most, and only when all that it needs had started.
        expect(count("begin")).toBeLessThanOrEqual(1);
        for (const needed of at("begin") === -1 ? [] : spec.dependsOn) {
          const needs = events.indexOf(`started s${Number(needed) - 1}`);
          expect(needs).toBeGreaterThanOrEqual(0);
          expect(needs).toBeLessThan(at("begin"));
        }
        // What started is stopped once; what did not, never.
        expect(count("stop")).toBe(count("started"));
      }
      // In an end that came through in time, each ended before what it depended on was told to.
      const reached = report.services.every(
        ({ outcome }) => outcome !== "hung" && outcome !== "unreached",
      );
      if (!reached) return;
      for (const [index, spec] of specs.entries()) {
        const stopped = events.indexOf(`stopped s${index}`);
        for (const needed of stopped === -1 ? [] : spec.dependsOn) {
          const stops = events.indexOf(`stop s${Number(needed) - 1}`);
          const diedAlone = plan[Number(needed) - 1]!.dies !== null;
          if (!diedAlone && stops !== -1) expect(stops).toBeGreaterThan(stopped);
        }
      }
    }),
    { numRuns: 150 },
  );
}, 60_000);
