import { diag, type DiagLogger, DiagLogLevel } from "@opentelemetry/api";
import { describe, expect, it, onTestFinished } from "vitest";
import type { EventRecord } from "../../src/shared/events.ts";
import {
  delayTrigger,
  type MonitorEvents,
  rateLimitTrigger,
  type TriggerContext,
  type TriggerInput,
} from "../../src/monitor/index.ts";
import { staged } from "./harness.ts";

type Fired = MonitorEvents["trigger"];

/** A service with triggers, and what became of each firing. */
function triggered(triggers: Partial<Record<"always" | "onUp" | "onDown", TriggerInput>>) {
  const events: EventRecord[] = [];
  const sink = { emit: (record: EventRecord) => void events.push(record) };
  const stage = staged({ ...triggers, triggerTimeoutMs: 1_000, events: sink });
  const fired: Fired[] = [];
  stage.service.on("trigger", (detail) => fired.push(detail));
  const outcomes = (): string[] => fired.map(({ slot, outcome }) => `${slot} ${outcome}`);
  return { ...stage, fired, outcomes, events };
}

const UP = { decision: "forwarded" } as const;
const DOWN = { decision: "unavailable" } as const;

describe("waking", () => {
  it("fires always first, and then what belongs to the state", async () => {
    const order: string[] = [];
    const note =
      (what: string) =>
      ({ reason }: TriggerContext) =>
        void order.push(`${what} ${reason.service} ${reason.slot}`);
    const { clock, service } = triggered({
      always: note("a"),
      onUp: note("u"),
      onDown: note("d"),
    });
    service.wake(DOWN);
    await clock.advance(0);
    service.wake(UP);
    await clock.advance(0);
    expect(order).toEqual(["a wiki always", "d wiki onDown", "a wiki always", "u wiki onUp"]);
  });

  it("goes on before a trigger begins, and never throws", async () => {
    let begun = false;
    const { clock, service, outcomes } = triggered({
      onDown: () => {
        begun = true;
        throw new Error("no such machine");
      },
    });
    service.wake(DOWN);
    expect(begun).toBe(false);
    await clock.advance(0);
    expect(outcomes()).toEqual(["onDown failed"]);
  });

  it("fires nothing where there is no trigger", () => {
    const { service, outcomes } = triggered({});
    service.wake(DOWN);
    service.wake(UP);
    expect(outcomes()).toEqual([]);
    expect(service.view().triggers).toEqual([]);
  });

  it("fires one at a time in each slot, and counts those that found it busy", async () => {
    let running = 0;
    let most = 0;
    const { clock, service, outcomes } = triggered({
      onDown: async ({ clock: time }) => {
        most = Math.max(most, ++running);
        await new Promise<void>((resolve) => void time.after(100, resolve));
        running--;
      },
    });
    for (let time = 0; time < 3; time++) service.wake(DOWN);
    expect(service.view().triggers).toEqual([{ slot: "onDown", running: true, fired: 1 }]);
    await clock.advance(100);
    service.wake(DOWN);
    await clock.advance(100);
    expect(most).toBe(1);
    expect(outcomes()).toEqual(["onDown busy", "onDown busy", "onDown done", "onDown done"]);
    expect(service.view().triggers).toEqual([
      { slot: "onDown", running: false, fired: 2, lastOutcome: "done", lastAt: clock.wallTime() },
    ]);
  });

  it("does not let one slot hold up another", async () => {
    const { clock, service, outcomes } = triggered({
      always: ({ signal }) =>
        new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
      onDown: () => {},
    });
    service.wake(DOWN);
    await clock.advance(0);
    expect(outcomes()).toEqual(["onDown done"]);
  });
});

describe("a trigger", () => {
  it("has a time limit, after which its signal is aborted", async () => {
    let reason: unknown;
    const { clock, service, outcomes } = triggered({
      onDown: ({ signal }) =>
        new Promise<void>((_, reject) => {
          signal.addEventListener("abort", () => {
            ({ reason } = signal);
            reject(signal.reason as Error);
          });
        }),
    });
    service.wake(DOWN);
    await clock.advance(1_000);
    expect(outcomes()).toEqual(["onDown timeout"]);
    expect(reason).toMatchObject({ message: "The trigger onDown took longer than 1000 ms" });
    service.wake(DOWN);
    expect(service.view().triggers[0]?.running).toBe(true);
  });

  it("that ignores its signal holds its slot for ten seconds more, and no more than three times", async () => {
    let begun = 0;
    const { clock, service, outcomes } = triggered({
      onDown: () => {
        begun++;
        return new Promise<void>(() => {});
      },
    });
    for (let time = 0; time < 5; time++) {
      service.wake(DOWN);
      await clock.advance(1_000);
      service.wake(DOWN);
      await clock.advance(10_000);
    }
    expect(begun).toBe(3);
    expect(outcomes().filter((outcome) => outcome === "onDown timeout")).toHaveLength(3);
    expect(outcomes().filter((outcome) => outcome === "onDown busy")).toHaveLength(7);
    expect(clock.pending).toBe(0);
  });

  it("that a limit holds back has not failed", async () => {
    const limited = rateLimitTrigger(() => {}, { max: 1, periodMs: 1_000 });
    const { clock, service, outcomes, events } = triggered({ onDown: limited });
    service.wake(DOWN);
    await clock.advance(0);
    service.wake(DOWN);
    await clock.advance(0);
    expect(outcomes()).toEqual(["onDown done", "onDown limited"]);
    expect(events).toEqual([]);
  });

  it("that is put off fires later, as its slot does", async () => {
    const failing = delayTrigger(() => Promise.reject(new Error("it sleeps")), { delayMs: 500 });
    const { clock, service, outcomes, fired, events } = triggered({ always: failing });
    service.wake(UP);
    await clock.advance(100);
    service.wake(UP);
    await clock.advance(500);
    expect(outcomes()).toEqual(["always delayed", "always delayed", "always failed"]);
    expect(fired.at(-1)?.error).toEqual(new Error("it sleeps"));
    expect(events.map(({ body }) => body)).toEqual([
      "The trigger always of wiki failed: it sleeps",
    ]);
  });

  it("that answers nonsense has failed", async () => {
    const { clock, service, fired } = triggered({ onUp: (() => 42) as never });
    service.wake(UP);
    await clock.advance(0);
    expect(fired[0]?.error?.message).toContain("got 42");
  });

  it("is aborted when its service is removed, and nobody hears of it", async () => {
    let aborted = false;
    const { clock, service, outcomes } = triggered({
      onDown: ({ signal }) =>
        new Promise<void>((resolve) => {
          signal.addEventListener("abort", () => {
            aborted = true;
            resolve();
          });
        }),
    });
    service.wake(DOWN);
    await clock.advance(0);
    service.close();
    service.wake(DOWN);
    await clock.advance(20_000);
    expect(aborted).toBe(true);
    expect(outcomes()).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

it("says once that a trigger fails, and that it works again", async () => {
  const lines: string[] = [];
  const say = (_: string, line: unknown): void => void lines.push(String(line));
  const logger: DiagLogger = { error: say, warn: say, info: say, debug: say, verbose: say };
  diag.setLogger(logger, { logLevel: DiagLogLevel.INFO, suppressOverrideMessage: true });
  onTestFinished(() => diag.disable());
  let fails = true;
  const { clock, service } = triggered({
    onDown: () => {
      if (fails) throw new Error("no such machine");
    },
  });
  const wake = async (): Promise<void> => {
    service.wake(DOWN);
    await clock.advance(0);
  };
  await wake();
  await wake();
  fails = false;
  await wake();
  await wake();
  expect(lines).toEqual([
    "The trigger onDown of service wiki failed: no such machine (docs/monitor.md)",
    "The trigger onDown of service wiki works again",
  ]);
});
