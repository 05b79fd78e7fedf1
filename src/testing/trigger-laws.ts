import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import type { Trigger, TriggerContext } from "../monitor/trigger.ts";
import { systemClock } from "../shared/clock.ts";
import { describe } from "../shared/errors.ts";
import type { SkippedLaw, TestFunction } from "./allocator-laws.ts";

/** A trigger, and the like of it in other circumstances. */
export interface TriggerSubject {
  /** A trigger that does its work soon. */
  readonly trigger: Trigger;
  /** One that fails soon. Absent where none can: name its law in `skip` then. */
  readonly failing?: Trigger;
  /** One whose work does not end by itself. Absent where there is none: name its laws in `skip` then. */
  readonly hanging?: Trigger;
  /** Called after the law, also when it failed. */
  dispose?(): void | Promise<void>;
}

/** Options of {@link triggerLaws}. */
export interface TriggerLawsOptions {
  /** A trigger of its own for each law. */
  create(): TriggerSubject | Promise<TriggerSubject>;
  /** How long a law waits for what should happen soon, in milliseconds. @default 10000 */
  readonly patienceMs?: number;
  /** Laws that do not apply, and why; shown as skipped tests. */
  readonly skip?: readonly SkippedLaw[];
}

interface TriggerLaw {
  readonly name: string;
  run(subject: TriggerSubject, patienceMs: number): Promise<void>;
}

const LAWS: readonly TriggerLaw[] = [
  {
    name: "answers nothing, done, limited or delayed",
    async run({ trigger }, patienceMs) {
      const answer = await soon(trigger, situation(), patienceMs);
      assert.ok(
        [undefined, "done", "limited", "delayed"].includes(answer as never),
        `It answered ${describe(answer)}`,
      );
    },
  },
  {
    name: "fires again, and several times at one time",
    async run({ trigger }, patienceMs) {
      await soon(trigger, situation(), patienceMs);
      await Promise.all([1, 2, 3].map(() => soon(trigger, situation(), patienceMs)));
    },
  },
  {
    name: "rejects with an error where it failed",
    async run({ failing }, patienceMs) {
      const error = await failureOf(needed(failing, "failing"), situation(), patienceMs);
      assert.ok(error instanceof Error, "It must fail with an error");
    },
  },
  {
    name: "ends soon after its signal aborts, as a failure",
    async run({ hanging }, patienceMs) {
      const controller = new AbortController();
      const context = situation(controller.signal);
      const failed = failureOf(needed(hanging, "hanging"), context, patienceMs);
      await new Promise((resolve) => setTimeout(resolve, 50));
      controller.abort(new Error("enough"));
      assert.ok(await failed, "A firing whose signal aborted must fail");
    },
  },
  {
    name: "leaves no listener on its signal",
    async run({ trigger }, patienceMs) {
      const context = situation();
      await soon(trigger, context, patienceMs);
      assert.equal(getEventListeners(context.signal, "abort").length, 0);
    },
  },
  {
    name: "leaves neither timer nor listener behind when its lifetime is over",
    async run({ trigger }, patienceMs) {
      const lifetime = new AbortController();
      const clock = systemClock();
      let timers = 0;
      const counted: TriggerContext = {
        ...situation(),
        lifetime: lifetime.signal,
        clock: {
          ...clock,
          after(delayMs, callback) {
            timers++;
            let isOver = false;
            const end = (): void => {
              if (!isOver) timers--;
              isOver = true;
            };
            const cancel = clock.after(delayMs, () => {
              end();
              callback();
            });
            return () => {
              end();
              cancel();
            };
          },
        },
      };
      await soon(trigger, counted, patienceMs);
      lifetime.abort();
      assert.equal(timers, 0, "A timer still waits");
      assert.equal(getEventListeners(lifetime.signal, "abort").length, 0);
    },
  },
];

/** The names of all laws, in the order in which they are tested. */
export const triggerLawNames: readonly string[] = LAWS.map(({ name }) => name);

/**
 * Tests that a trigger obeys the contract of `Trigger`: one test for each law.
 *
 * ```ts
 * triggerLaws(test, { create: () => ({ trigger: pager(), failing: pager({ url: dead }), hanging }) });
 * ```
 * @throws AssertionError where `skip` names a law that there is not
 */
export function triggerLaws(test: TestFunction, options: TriggerLawsOptions): void {
  const reasons = new Map(options.skip?.map(({ law, reason }) => [law, reason]));
  for (const law of reasons.keys()) {
    assert.ok(triggerLawNames.includes(law), `There is no law "${law}" to skip`);
  }
  for (const law of LAWS) {
    const reason = reasons.get(law.name);
    if (reason === undefined) test(law.name, () => prove(law, options));
    else test(`${law.name} (skipped: ${reason})`, async () => {});
  }
}

async function prove(law: TriggerLaw, options: TriggerLawsOptions): Promise<void> {
  const subject = await options.create();
  try {
    await law.run(subject, options.patienceMs ?? 10_000);
  } finally {
    await subject.dispose?.();
  }
}

/** What a trigger is given, by a service that lives on. */
function situation(signal: AbortSignal = new AbortController().signal): TriggerContext {
  return {
    signal,
    reason: { service: "wiki", slot: "onDown" },
    clock: systemClock(),
    lifetime: new AbortController().signal,
    fire: async () => "done",
  };
}

async function soon(
  trigger: Trigger,
  context: TriggerContext,
  patienceMs: number,
): Promise<unknown> {
  let cancel!: () => void;
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(
      () => reject(new assert.AssertionError({ message: "It did not end soon" })),
      patienceMs,
    );
    cancel = () => clearTimeout(timer);
  });
  try {
    return await Promise.race([(async () => trigger.trigger(context))(), late]);
  } finally {
    cancel();
  }
}

/** What a firing fails with. A law is broken where it does not. */
async function failureOf(
  trigger: Trigger,
  context: TriggerContext,
  patienceMs: number,
): Promise<unknown> {
  try {
    await soon(trigger, context, patienceMs);
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    return error;
  }
  return assert.fail("It must fail");
}

function needed(trigger: Trigger | undefined, which: string): Trigger {
  assert.ok(trigger, `create() gives no ${which} trigger: give one, or skip this law and say why`);
  return trigger;
}
