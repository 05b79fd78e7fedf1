import type { CheckEngine } from "../check/engine.ts";
import { type Run, startRun } from "../check/run.ts";
import { describe } from "../shared/errors.ts";
import { TimeoutError } from "../shared/timeout.ts";
import type { TriggerView } from "./service.ts";
import type {
  Trigger,
  TriggerAnswer,
  TriggerContext,
  TriggerOutcome,
  TriggerReason,
  TriggerSlot,
} from "./trigger.ts";

/** What a slot gets from its service. */
export interface SlotContext {
  readonly engine: Omit<CheckEngine, "limiter">;
  readonly timeoutMs: number;
  /** Aborts when the service is removed. */
  readonly lifetime: AbortSignal;
  /** Called for every firing that ended or was skipped. Must not throw. */
  onFired(reason: TriggerReason, outcome: TriggerOutcome, error?: Error): void;
}

/** How long a trigger may continue after its signal aborted before we stop waiting for it. */
const KILL_TIMEOUT_MS = 10_000;
/** The most firings that may continue after we stopped waiting for them. At this limit no further one begins. */
const MAX_ABANDONED = 3;

/** The slots of a service that have a trigger. */
export type Slots = Readonly<Partial<Record<TriggerSlot, Slot>>>;

export function slotsOf(
  service: string,
  triggers: Readonly<Partial<Record<TriggerSlot, Trigger>>>,
  context: SlotContext,
): Slots {
  const slots = Object.entries(triggers) as [TriggerSlot, Trigger][];
  return Object.fromEntries(
    slots.map(([slot, trigger]) => [slot, new Slot(trigger, { service, slot }, context)]),
  );
}

/**
 * The trigger of a slot. It fires in the background, one firing at a time. Delayed firings run beside that,
 * also one at a time.
 */
export class Slot {
  readonly #trigger: Trigger;
  readonly #reason: TriggerReason;
  readonly #context: SlotContext;
  readonly #runs = new Set<Run>();
  readonly #lanes = { now: false, later: false };
  #abandoned = 0;
  #fired = 0;
  #last: Pick<TriggerView, "lastOutcome" | "lastAt"> = {};

  constructor(trigger: Trigger, reason: TriggerReason, context: SlotContext) {
    this.#trigger = trigger;
    this.#reason = reason;
    this.#context = context;
    context.lifetime.addEventListener("abort", () => {
      for (const run of this.#runs) run.cancel(context.lifetime.reason as Error);
    });
  }

  /** Fires, unless the last firing is still running. Never throws, never waits. */
  fire(): void {
    void this.#fire(this.#trigger, "now");
  }

  get view(): TriggerView {
    const running = this.#lanes.now || this.#lanes.later;
    return { slot: this.#reason.slot, running, fired: this.#fired, ...this.#last };
  }

  async #fire(trigger: Trigger, lane: "now" | "later"): Promise<TriggerOutcome> {
    const { engine, lifetime } = this.#context;
    if (lifetime.aborted) return "busy";
    if (this.#lanes[lane] || this.#abandoned >= MAX_ABANDONED) {
      return this.#notify({ outcome: "busy" });
    }
    this.#lanes[lane] = true;
    this.#fired++;
    // Let the caller continue first.
    await Promise.resolve();
    const { ended, result } = this.#run(trigger);
    void ended.then(() => (this.#lanes[lane] = false));
    const firing = await result;
    if (lifetime.aborted) return firing.outcome;
    this.#last = { lastOutcome: firing.outcome, lastAt: engine.clock.wallTime() };
    return this.#notify(firing);
  }

  #run(trigger: Trigger): {
    readonly ended: Promise<void>;
    readonly result: Promise<FiringResult>;
  } {
    const { engine, timeoutMs } = this.#context;
    const timeout = new TimeoutError(`The trigger ${this.#reason.slot}`, timeoutMs);
    let answer: TriggerAnswer = "done";
    const run = startRun(
      async ({ signal }) => {
        answer = answerOf(await trigger.trigger(this.#contextOf(signal)));
      },
      {
        ...{ clock: engine.clock, stalls: engine.stalls, timeoutMs },
        killTimeoutMs: KILL_TIMEOUT_MS,
        timeoutError: () => timeout,
      },
    );
    this.#runs.add(run);
    const result = run.finding.then(({ outcome, error }): FiringResult => {
      if (outcome === "pass") return { outcome: answer };
      return { outcome: error === timeout ? "timeout" : "failed", ...(error && { error }) };
    });
    return { result, ended: this.#end(run) };
  }

  async #end(run: Run): Promise<void> {
    const end = await run.ended;
    this.#runs.delete(run);
    if (end === "returned") return;
    this.#abandoned++;
    void run.returned.then(() => this.#abandoned--);
  }

  #contextOf(signal: AbortSignal): TriggerContext {
    const { engine, lifetime } = this.#context;
    return {
      ...{ signal, lifetime, reason: this.#reason, clock: engine.clock },
      fire: (trigger) => this.#fire(trigger, "later"),
    };
  }

  #notify({ outcome, error }: FiringResult): TriggerOutcome {
    this.#context.onFired(this.#reason, outcome, error);
    return outcome;
  }
}

interface FiringResult {
  readonly outcome: TriggerOutcome;
  readonly error?: Error;
}

function answerOf(answer: unknown): TriggerAnswer {
  if (answer === undefined) return "done";
  if (answer === "done" || answer === "limited" || answer === "delayed") return answer;
  throw new TypeError(
    `A trigger must return nothing, or one of done, limited, delayed, got ${describe(answer)}`,
  );
}
